import type { Alert } from '@iot/contracts'
import { useWindowVirtualizer } from '@tanstack/react-virtual'
import { type KeyboardEvent, type RefObject, useEffect, useLayoutEffect, useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { useAppSelector } from '../../store.js'
import { useFormat } from '../../ui/format.js'
import { useMedia } from '../../ui/use-media.js'
import { useTop } from '../../ui/use-top.js'
import { isTyping } from '../frame/use-shortcuts.js'
import { selectPreferences } from '../preferences/preferences-slice.js'
import { type AlertTableRow, cutBySite, groupOf, SYSTEM_GROUP } from './alert-order.js'
import { AlertRow } from './alert-row.js'
import classes from './alerts.module.css'
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

  function focusRow(from: number, step: number): void {
    let at = from + step
    while (rows[at]?.kind === 'site') at += step
    if (rows[at] === undefined) return
    const link = () => list.current?.querySelector<HTMLElement>(`[data-index="${at}"] a`)
    virtual.scrollToIndex(at, { align: 'auto' })
    // At once where the row is there: the next key may be on its way already.
    link()?.focus({ preventScroll: true })
    requestAnimationFrame(() => link()?.focus({ preventScroll: true }))
  }
  useFirstArrow(list, () => focusRow(-1, 1))

  function onKeyDown(event: KeyboardEvent): void {
    const element = (event.target as HTMLElement).closest<HTMLElement>('[data-index]')
    const row = rows[Number(element?.dataset.index ?? -1)]
    if (row?.kind !== 'alert' || event.ctrlKey || event.metaKey || event.altKey) return
    const at = Number(element?.dataset.index)
    if (event.key === 'ArrowDown') focusRow(at, 1)
    else if (event.key === 'ArrowUp') focusRow(at, -1)
    else if (event.key === 'x') selection.toggle(row.alertId)
    else if (event.key === 'a') onAct('acknowledge', row.alertId)
    else if (event.key === 's') onAct('shelve', row.alertId)
    else return
    event.preventDefault()
  }

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

/** An arrow with the focus nowhere enters the list. */
function useFirstArrow(list: RefObject<HTMLElement | null>, enter: () => void): void {
  useEffect(() => {
    function onKey(event: globalThis.KeyboardEvent): void {
      if (event.key !== 'ArrowDown' || event.defaultPrevented || isTyping(event.target)) return
      const { activeElement } = document
      if (activeElement !== document.body && activeElement?.id !== 'content') return
      if (list.current === null) return
      event.preventDefault()
      enter()
    }
    addEventListener('keydown', onKey)
    return () => removeEventListener('keydown', onKey)
  })
}
