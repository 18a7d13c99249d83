import type { Reading } from '@iot/contracts'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import type { DataTableColumn } from '../../ui/data-table/data-table.js'
import { useFormat } from '../../ui/format.js'
import { StatusShape } from '../../ui/status-shape.js'
import { useMedia } from '../../ui/use-media.js'
import classes from './device.module.css'

/** The columns of raw readings. Relative times count from the moment the table was read: they do not run. */
export function useReadingColumns(
  times: 'absolute' | 'relative',
  asOfMs: number,
): readonly DataTableColumn<Reading>[] {
  const { t } = useTranslation()
  const format = useFormat()
  const isNarrow = useMedia('(max-width: 48em)')
  return useMemo(() => {
    const moment = (timestamp: string) => {
      const atMs = Date.parse(timestamp)
      const absolute = format.absolute(atMs)
      const text =
        times === 'absolute'
          ? isNarrow
            ? format.moment(atMs)
            : absolute
          : t('device.table.ago', { age: format.duration(asOfMs - atMs) })
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
        width: 'minmax(0, 1.6fr)',
        cell: (reading) => moment(reading.timestamp),
      },
      {
        key: 'sensor',
        header: t('device.table.sensor'),
        width: 'minmax(0, 1fr)',
        cell: (reading) => reading.sensorType,
      },
      {
        key: 'value',
        header: t('device.table.value'),
        width: 'minmax(0, 0.9fr)',
        align: 'end',
        cell: (reading) =>
          `${format.exact(reading.value)}${reading.unit === undefined ? '' : ` ${reading.unit}`}`,
      },
      {
        key: 'received',
        header: t('device.table.received'),
        width: 'minmax(0, 1.6fr)',
        wideOnly: true,
        cell: (reading) => (reading.receivedAt === undefined ? '–' : moment(reading.receivedAt)),
      },
      {
        key: 'note',
        header: t('device.table.note'),
        width: 'minmax(0, 0.8fr)',
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
  }, [t, format, isNarrow, times, asOfMs])
}
