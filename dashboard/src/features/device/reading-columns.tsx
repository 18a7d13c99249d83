import type { Reading } from '@iot/contracts'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import type { DataTableColumn } from '../../ui/data-table/data-table.js'
import { useFormat } from '../../ui/format.js'
import { StatusShape } from '../../ui/status-shape.js'
import classes from './device.module.css'

/** The columns of raw readings. Relative times count from the moment the table was read: they do not run. */
export function useReadingColumns(
  times: 'absolute' | 'relative',
  asOfMs: number,
): readonly DataTableColumn<Reading>[] {
  const { t } = useTranslation()
  const format = useFormat()
  return useMemo(() => {
    const moment = (timestamp: string) => {
      const atMs = Date.parse(timestamp)
      const absolute = format.absolute(atMs)
      const text =
        times === 'absolute' ? absolute : t('device.table.ago', { age: format.duration(asOfMs - atMs) })
      return (
        <time dateTime={timestamp} title={absolute}>
          {text}
        </time>
      )
    }
    return [
      {
        key: 'time',
        header: t('device.table.time'),
        width: 'minmax(8rem, 1.4fr)',
        cell: (reading) => moment(reading.timestamp),
      },
      {
        key: 'sensor',
        header: t('device.table.sensor'),
        width: 'minmax(5rem, 1fr)',
        cell: (reading) => reading.sensorType,
      },
      {
        key: 'value',
        header: t('device.table.value'),
        width: 'minmax(5rem, 0.8fr)',
        align: 'end',
        cell: (reading) =>
          `${Number(reading.value.toPrecision(12))}${reading.unit === undefined ? '' : ` ${reading.unit}`}`,
      },
      {
        key: 'received',
        header: t('device.table.received'),
        width: 'minmax(8rem, 1.4fr)',
        wideOnly: true,
        cell: (reading) => (reading.receivedAt === undefined ? '–' : moment(reading.receivedAt)),
      },
      {
        key: 'note',
        header: t('device.table.note'),
        width: 'minmax(6rem, 0.8fr)',
        wideOnly: true,
        cell: (reading) =>
          reading.adjusted === true && (
            <span className={classes.mark} title={t('device.table.adjustedExplained')}>
              <StatusShape kind="stale" />
              {t('device.table.adjusted')}
            </span>
          ),
      },
    ]
  }, [t, format, times, asOfMs])
}
