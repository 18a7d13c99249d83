import type { Alert } from '@iot/contracts'
import { useWindowVirtualizer } from '@tanstack/react-virtual'
import { type RefObject, useLayoutEffect, useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { useAppSelector } from '../../store.js'
import { useFormat } from '../../ui/format.js'
import { useMedia } from '../../ui/use-media.js'
import { useTop } from '../../ui/use-top.js'
import { selectPreferences } from '../preferences/preferences-slice.js'
import { type AlertTableRow, cutBySite, groupOf, SYSTEM_GROUP } from './alert-order.js'
import { AlertRow } from './alert-row.js'
import classes from './alerts-table.module.css'
import { useRowKeys } from './use-row-keys.js'
import type { Selection } from './use-selection.js'

const ROW_PX = { comfortable: 56, compact: 48 } as const
/** Three lines beside each other’s place on a phone. */
const PHONE_ROW_PX = 100
const HEADING_PX = 36
const OVERSCAN_ROWS = 12

interface AlertsTableProps {
  list: RefObject<HTMLDivElement | null>
  order: readonly string[]
  grouped: boolean
  /** whether rows can be chosen */
  choosing: boolean
  find: (alertId: string) => Alert | undefined
  selection: Selection
  /** by its key, to what is chosen or else to the row that has the focus */
  onAct: (action: 'acknowledge' | 'shelve', alertId: string) => void
  onAcknowledge: (alertId: string) => void
}

/** Only the rows on the screen exist. Arrows move, x selects, a acknowledges, s shelves, Enter opens. */
export function AlertsTable({
  list,
  order,
  grouped,
  choosing,
  find,
  selection,
  onAct,
  onAcknowledge,
}: AlertsTableProps) {
  const { t } = useTranslation()
  const { density } = useAppSelector(selectPreferences)
  const phone = useMedia('(max-width: 48em)')
  const rowPx = phone ? PHONE_ROW_PX : ROW_PX[density]
  const top = useTop(list)
  const rows = useMemo(() => rowsOf(order, grouped, find), [order, grouped, find])
  const virtual = useWindowVirtualizer({
    count: rows.length,
    estimateSize: (at) => (rows[at]?.kind === 'site' ? HEADING_PX : rowPx),
    overscan: OVERSCAN_ROWS,
    scrollMargin: top,
    getItemKey: (at) => keyOf(rows[at]) ?? at,
  })
  // biome-ignore lint/correctness/useExhaustiveDependencies: sizes follow the rows and the density
  useLayoutEffect(() => virtual.measure(), [rows, rowPx])

  const onKeyDown = useRowKeys({
    list,
    rows,
    show: (at) => virtual.scrollToIndex(at, { align: 'auto' }),
    onSelect: selection.toggle,
    onAct,
  })

  return (
    // biome-ignore lint/a11y/useSemanticElements: a <table> can't hold rows that are placed by their offset
    <div
      className={classes.table}
      data-choosing={choosing || undefined}
      role="table"
      aria-label={t('alerts.title')}
      aria-rowcount={rows.length}
    >
      {/* biome-ignore lint/a11y/useSemanticElements: see above */}
      <div
        ref={list}
        role="rowgroup"
        className={classes.body}
        style={{ height: virtual.getTotalSize() }}
        onKeyDown={onKeyDown}
      >
        {virtual.getVirtualItems().map((item) => {
          const row = rows[item.index]
          if (row === undefined) return null
          const place = { transform: `translateY(${item.start - top}px)`, height: item.size }
          if (row.kind === 'site')
            return <SiteRow key={item.key} row={row} index={item.index} place={place} />
          const alert = find(row.alertId)
          return (
            alert !== undefined && (
              <AlertRow
                key={item.key}
                alertId={row.alertId}
                found={alert}
                index={item.index}
                place={place}
                selected={selection.ids.has(row.alertId)}
                onSelect={selection.toggle}
                onAcknowledge={onAcknowledge}
              />
            )
          )
        })}
      </div>
    </div>
  )
}

function rowsOf(
  order: readonly string[],
  grouped: boolean,
  find: (alertId: string) => Alert | undefined,
): AlertTableRow[] {
  if (grouped) {
    return cutBySite(order, (alertId) => {
      const alert = find(alertId)
      return alert && groupOf(alert)
    })
  }
  return order.map((alertId) => ({ kind: 'alert', alertId }))
}

function keyOf(row: AlertTableRow | undefined): string | undefined {
  if (row === undefined) return undefined
  return row.kind === 'alert' ? row.alertId : `site ${row.site ?? ''}`
}

interface SiteRowProps {
  row: Extract<AlertTableRow, { kind: 'site' }>
  index: number
  place: { transform: string; height: number }
}

function SiteRow({ row, index, place }: SiteRowProps) {
  const { t } = useTranslation()
  const format = useFormat()
  return (
    // biome-ignore lint/a11y/useSemanticElements: see AlertsTable
    // biome-ignore lint/a11y/useFocusableInteractive: a heading of rows is not a control
    <div role="row" className={classes.site} style={place} aria-rowindex={index + 1}>
      {/* biome-ignore lint/a11y/useSemanticElements: see AlertsTable */}
      {/* biome-ignore lint/a11y/useFocusableInteractive: see above */}
      <span role="rowheader">
        {row.site === SYSTEM_GROUP ? t('alerts.system') : (row.site ?? t('alertPages.noSite'))}{' '}
        <small>{format.integer(row.count)}</small>
      </span>
    </div>
  )
}
