import type { Device, Reading } from '@iot/contracts'
import { Button, NativeSelect } from '@mantine/core'
import { useCallback, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { isApiError } from '../../api/api-error.js'
import { DataTable } from '../../ui/data-table/data-table.js'
import { useFormat } from '../../ui/format.js'
import { EmptyState, ErrorState, LoadingState } from '../../ui/states.js'
import { type TimeWindow, windowEdges } from '../../ui/time-chart/time-window.js'
import classes from './device.module.css'
import { TABLE_MAX_PAGES, useReadingsInfiniteQuery } from './device-api.js'
import { useReadingColumns } from './reading-columns.js'

const TABLE_HEIGHT_PX = 520

export interface ReadingsTableProps {
  readonly device: Device
  readonly sensorTypes: readonly string[]
  readonly window: TimeWindow
}

const keyOf = (reading: Reading) => `${reading.timestamp} ${reading.sensorType}`

/** The readings of the range as they came, oldest first: what the charts are drawn from, in numbers. */
export function ReadingsTable({ device, sensorTypes, window }: ReadingsTableProps) {
  const { t } = useTranslation()
  const [sensorType, setSensorType] = useState('')
  const [times, setTimes] = useState<'absolute' | 'relative'>('absolute')
  const [asOfMs, setAsOfMs] = useState(Date.now)
  const [fromMs, toMs] = windowEdges(window, asOfMs)
  const query = useReadingsInfiniteQuery({
    deviceId: device.deviceId,
    ...(sensorType !== '' && { sensorType }),
    from: new Date(fromMs).toISOString(),
    to: new Date(toMs).toISOString(),
  })
  const columns = useReadingColumns(times, asOfMs)
  const rows = useMemo(() => query.data?.pages.flatMap((page) => page.items) ?? [], [query.data])
  const { hasNextPage, isFetching, fetchNextPage } = query
  const more = useCallback(() => {
    if (hasNextPage && !isFetching) void fetchNextPage()
  }, [hasNextPage, isFetching, fetchNextPage])

  return (
    <section className={classes.panel} aria-label={t('device.table.label', { name: device.name })}>
      <div className={classes.toolbar}>
        <NativeSelect
          size="xs"
          label={t('device.table.sensor')}
          value={sensorType}
          onChange={(event) => setSensorType(event.currentTarget.value)}
          data={[
            { value: '', label: t('device.table.allSensors') },
            ...sensorTypes.map((each) => ({ value: each, label: each })),
          ]}
        />
        <NativeSelect
          size="xs"
          label={t('device.table.times')}
          value={times}
          onChange={(event) => setTimes(event.currentTarget.value === 'relative' ? 'relative' : 'absolute')}
          data={[
            { value: 'absolute', label: t('device.table.absolute') },
            { value: 'relative', label: t('device.table.relative') },
          ]}
        />
        <Button size="xs" variant="default" loading={isFetching} onClick={() => setAsOfMs(Date.now())}>
          {t('device.table.refresh')}
        </Button>
      </div>
      {query.error !== undefined && rows.length === 0 ? (
        isApiError(query.error) && <ErrorState error={query.error} onRetry={query.refetch} />
      ) : query.data === undefined ? (
        <LoadingState heightPx={TABLE_HEIGHT_PX} rows={12} />
      ) : rows.length === 0 ? (
        <EmptyState title={t('device.table.empty')}>{t('device.table.emptyDetail')}</EmptyState>
      ) : (
        <DataTable
          label={t('device.table.label', { name: device.name })}
          columns={columns}
          rows={rows}
          rowKey={keyOf}
          height={TABLE_HEIGHT_PX}
          onEndReached={more}
          isStale={query.currentData === undefined}
          footer={<TableFooter query={query} rows={rows.length} />}
        />
      )}
    </section>
  )
}

interface TableFooterProps {
  readonly query: ReturnType<typeof useReadingsInfiniteQuery>
  readonly rows: number
}

function TableFooter({ query, rows }: TableFooterProps) {
  const { t } = useTranslation()
  const format = useFormat()
  if (isApiError(query.error)) {
    return <ErrorState error={query.error} onRetry={() => void query.fetchNextPage()} />
  }
  if (query.currentData === undefined) return t('app.loading')
  if (query.isFetching || query.hasNextPage) return t('device.table.loadingMore')
  const pages = query.data?.pages ?? []
  const cut = pages.length >= TABLE_MAX_PAGES && pages.at(-1)?.nextCursor !== undefined
  if (cut) return t('device.table.tooMany', { count: rows })
  return t('device.table.all', { count: rows, formattedCount: format.integer(rows) })
}
