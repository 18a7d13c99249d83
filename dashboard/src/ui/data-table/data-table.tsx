import { useVirtualizer } from '@tanstack/react-virtual'
import { type ReactNode, useEffect, useRef } from 'react'
import classes from './data-table.module.css'

export interface DataTableColumn<Row> {
  readonly key: string
  readonly header: ReactNode
  readonly cell: (row: Row) => ReactNode
  /** a grid track: `1fr`, `8rem` */
  readonly width: string
  readonly align?: 'start' | 'end'
  /** left out where the page is as narrow as a phone */
  readonly wideOnly?: boolean
}

export interface DataTableProps<Row> {
  readonly label: string
  readonly columns: readonly DataTableColumn<Row>[]
  readonly rows: readonly Row[]
  readonly rowKey: (row: Row) => string
  /** CSS px; all rows are alike, so that what is not shown need not be measured */
  readonly rowHeight?: number
  /** CSS px of the scrolling part */
  readonly height: number
  /** asked for when the last rows come into view */
  readonly onEndReached?: () => void
  /** under the last row: “loading …”, “that was all” */
  readonly footer?: ReactNode
  /** the rows answer the question before, and are about to be replaced: dimmed, and nothing in them is pressed */
  readonly isStale?: boolean
}

const ROWS_BEFORE_END = 20

/** A table of any length: only the rows in view are in the page. */
export function DataTable<Row>(props: DataTableProps<Row>) {
  const { columns, rows, rowKey, rowHeight = 32, height, onEndReached, footer } = props
  const scroller = useRef<HTMLDivElement>(null)
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 12,
    getItemKey: (at) => rowKey(rows[at]!),
    initialRect: { width: 0, height },
  })
  const shown = virtualizer.getVirtualItems()
  const lastShown = shown[shown.length - 1]?.index ?? 0
  const nearEnd = rows.length > 0 && lastShown >= rows.length - ROWS_BEFORE_END
  useEffect(() => {
    if (nearEnd) onEndReached?.()
  }, [nearEnd, onEndReached])

  const tracks = {
    '--tracks': columns.map((column) => column.width).join(' '),
    '--narrow-tracks': columns
      .filter((column) => !column.wideOnly)
      .map((column) => column.width)
      .join(' '),
  } as Record<string, string>

  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <div ref={scroller} className={classes.scroller} style={{ maxHeight: height, ...tracks }} tabIndex={0}>
      {/* biome-ignore-start lint/a11y/useSemanticElements: a <table> cannot leave out rows and keep its columns */}
      {/* biome-ignore-start lint/a11y/useFocusableInteractive: rows and headers of a table are read, not operated */}
      <div
        role="table"
        aria-label={props.label}
        aria-rowcount={rows.length + 1}
        aria-busy={props.isStale ?? false}
      >
        <div role="row" aria-rowindex={1} className={`${classes.row} ${classes.head}`}>
          {columns.map((column) => (
            <div key={column.key} role="columnheader" {...cellProps(column)}>
              {column.header}
            </div>
          ))}
        </div>
        <div role="rowgroup" className={classes.body} style={{ height: virtualizer.getTotalSize() }}>
          {shown.map((item) => (
            <div
              key={item.key}
              role="row"
              aria-rowindex={item.index + 2}
              className={`${classes.row} ${classes.virtualRow}`}
              style={{ height: rowHeight, transform: `translateY(${item.start}px)` }}
            >
              {columns.map((column) => (
                <div key={column.key} role="cell" {...cellProps(column)}>
                  {column.cell(rows[item.index]!)}
                </div>
              ))}
            </div>
          ))}
        </div>
      </div>
      {/* biome-ignore-end lint/a11y/useFocusableInteractive: see above */}
      {/* biome-ignore-end lint/a11y/useSemanticElements: see above */}
      {footer && <div className={classes.footer}>{footer}</div>}
    </div>
  )
}

function cellProps<Row>(column: DataTableColumn<Row>) {
  return {
    className: classes.cell,
    'data-align': column.align,
    'data-wide-only': column.wideOnly || undefined,
  }
}
