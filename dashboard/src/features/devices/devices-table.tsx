import { useWindowVirtualizer } from '@tanstack/react-virtual'
import { type KeyboardEvent, useLayoutEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { useAppSelector } from '../../store.js'
import { useTop } from '../../ui/use-top.js'
import { selectPreferences } from '../preferences/preferences-slice.js'
import { DeviceRow } from './device-row.js'
import classes from './devices-table.module.css'
import type { DevicesQuestion, SortColumn } from './devices-view.js'
import { useSettledOrder } from './use-settled-order.js'

const ROW_PX = { comfortable: 44, compact: 34 } as const
const OVERSCAN_ROWS = 12

const COLUMNS: readonly { key: string; label: ColumnLabel; sort?: SortColumn }[] = [
  { key: 'status', label: 'devices.status', sort: 'status' },
  { key: 'name', label: 'devices.name', sort: 'name' },
  { key: 'site', label: 'devices.site', sort: 'site' },
  { key: 'values', label: 'devices.values' },
  { key: 'trend', label: 'devices.trend' },
  { key: 'age', label: 'devices.age' },
  { key: 'lastSeen', label: 'devices.lastSeen', sort: 'lastSeen' },
]

type ColumnLabel = `devices.${'status' | 'name' | 'site' | 'values' | 'trend' | 'age' | 'lastSeen'}`

interface DevicesTableProps {
  order: readonly string[]
  question: DevicesQuestion
  /** `name`, or `-name` for descending */
  onSort: (sort: string) => void
}

/** Only the rows on the screen exist; each follows its own device. Arrows move, Enter opens. */
export function DevicesTable({ order: wanted, question, onSort }: DevicesTableProps) {
  const { t } = useTranslation()
  const body = useRef<HTMLDivElement>(null)
  const order = useSettledOrder(wanted, body)
  const { density } = useAppSelector(selectPreferences)
  const rowPx = ROW_PX[density]
  const top = useTop(body)
  const virtual = useWindowVirtualizer({
    count: order.length,
    estimateSize: () => rowPx,
    overscan: OVERSCAN_ROWS,
    scrollMargin: top,
    getItemKey: (at) => order[at] ?? at,
  })
  // biome-ignore lint/correctness/useExhaustiveDependencies: sizes follow the density
  useLayoutEffect(() => virtual.measure(), [rowPx])

  function moveFocus(event: KeyboardEvent<HTMLElement>) {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
    const row = (document.activeElement as HTMLElement | null)?.closest<HTMLElement>('[data-index]')
    if (step === 0 || row == null) return
    event.preventDefault()
    const at = Math.min(order.length - 1, Math.max(0, Number(row.dataset.index) + step))
    virtual.scrollToIndex(at, { align: 'auto' })
    requestAnimationFrame(() => body.current?.querySelector<HTMLElement>(`[data-index="${at}"] a`)?.focus())
  }

  return (
    // biome-ignore lint/a11y/useSemanticElements: a <table> can't hold rows that are placed by their offset
    <div
      className={classes.table}
      role="table"
      aria-label={t('devices.title')}
      aria-rowcount={order.length + 1}
    >
      {/* biome-ignore lint/a11y/useSemanticElements: see above */}
      <div role="rowgroup" className={classes.headGroup}>
        <HeadRow question={question} onSort={onSort} />
      </div>
      {/* biome-ignore lint/a11y/useSemanticElements: see above */}
      <div
        ref={body}
        role="rowgroup"
        className={classes.body}
        style={{ height: virtual.getTotalSize() }}
        onKeyDown={moveFocus}
      >
        {virtual.getVirtualItems().map((item) => (
          <DeviceRow
            key={item.key}
            deviceId={order[item.index]!}
            index={item.index}
            offsetPx={item.start - top}
            heightPx={rowPx}
          />
        ))}
      </div>
    </div>
  )
}

function HeadRow({ question, onSort }: Pick<DevicesTableProps, 'question' | 'onSort'>) {
  const { t } = useTranslation()
  return (
    // biome-ignore lint/a11y/useSemanticElements: see above
    // biome-ignore lint/a11y/useFocusableInteractive: a row of headings is not a control
    <div role="row" className={classes.head} aria-rowindex={1}>
      {COLUMNS.map(({ key, label, sort }) => {
        const active = sort !== undefined && question.sort === sort
        const direction = !active ? 'none' : question.descending ? 'descending' : 'ascending'
        return (
          // biome-ignore lint/a11y/useSemanticElements: see above
          // biome-ignore lint/a11y/useFocusableInteractive: its button is
          <span
            key={key}
            role="columnheader"
            className={classes[key]}
            {...(sort !== undefined && { 'aria-sort': direction })}
          >
            {sort === undefined ? (
              t(label)
            ) : (
              <button
                type="button"
                onClick={() => onSort(active && !question.descending ? `-${sort}` : sort)}
              >
                {t(label)}
                <span aria-hidden="true">{active ? (question.descending ? ' ↓' : ' ↑') : ''}</span>
              </button>
            )}
          </span>
        )
      })}
    </div>
  )
}
