import { useWindowVirtualizer } from '@tanstack/react-virtual'
import { type KeyboardEvent, useLayoutEffect, useMemo, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useStore } from 'react-redux'
import { type RootState, useAppSelector } from '../../store.js'
import { useFormat } from '../../ui/format.js'
import type { FleetSummary } from '../devices/fleet-summary.js'
import { useSettledOrder } from '../devices/use-settled-order.js'
import { selectPreferences } from '../preferences/preferences-slice.js'
import { DeviceTile } from './device-tile.js'
import classes from './tile-grid.module.css'
import { cutRows, orderBySite } from './tile-rows.js'

const TILE_MIN_PX = 208
/** Two beside each other on the narrowest phone. */
const TILE_MIN_PHONE_PX = 152
const PHONE_PX = 480
const GAP_PX = 8
const TILE_PX = { comfortable: 104, compact: 86 } as const
const HEADING_PX = 38
const OVERSCAN_ROWS = 4

interface TileGridProps {
  fleet: FleetSummary
  site: string
  sort: 'worst' | 'name'
}

/** One tile per device, by site. Only the rows on the screen exist, so 10 000 devices scroll like 50. */
export function TileGrid({ fleet, site, sort }: TileGridProps) {
  const { t } = useTranslation()
  const format = useFormat()
  const store = useStore<RootState>()
  const list = useRef<HTMLElement>(null)
  const { columns, top, isMeasured } = useMeasured(list)
  const { density } = useAppSelector(selectPreferences)
  const { entities } = store.getState().devices
  const wanted = useMemo(
    () => orderBySite({ entities: store.getState().devices.entities, fleet, site, sort }),
    [store, fleet, site, sort],
  )
  const order = useSettledOrder(wanted, list)
  const rows = useMemo(() => cutRows(order, (id) => entities[id]?.site, columns), [order, entities, columns])
  const tilePx = TILE_PX[density]
  const virtual = useWindowVirtualizer({
    count: rows.length,
    estimateSize: (at) => (rows[at]?.kind === 'site' ? HEADING_PX : tilePx + GAP_PX),
    overscan: OVERSCAN_ROWS,
    scrollMargin: top,
    getItemKey: (at) => {
      const row = rows[at]
      return row?.kind === 'tiles' ? row.deviceIds[0]! : `site ${row?.site ?? ''}`
    },
  })
  // biome-ignore lint/correctness/useExhaustiveDependencies: sizes follow the rows and the density
  useLayoutEffect(() => virtual.measure(), [rows, tilePx])
  return (
    <section ref={list} aria-label={t('overview.byDevice')} onKeyDown={moveFocus}>
      <div className={classes.space} style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map((item) => {
          const row = rows[item.index]
          // Tiles for a width that is a guess would be rendered twice; the place that they take stands already.
          if (row === undefined || !isMeasured) return null
          const place = { transform: `translateY(${item.start - top}px)`, height: item.size }
          return row.kind === 'site' ? (
            <h2 key={item.key} className={classes.site} style={place}>
              {row.site ?? t('overview.noSite')}
              <span>
                {t('overview.devicesCount', { count: row.count, formatted: format.integer(row.count) })}
              </span>
            </h2>
          ) : (
            <div
              key={item.key}
              className={classes.row}
              style={{ ...place, gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))` }}
            >
              {row.deviceIds.map((deviceId) => (
                <DeviceTile key={deviceId} deviceId={deviceId} />
              ))}
            </div>
          )
        })}
      </div>
    </section>
  )
}

interface Measured {
  readonly columns: number
  readonly top: number
  readonly isMeasured: boolean
}

function useMeasured(list: React.RefObject<HTMLElement | null>): Measured {
  const [measured, setMeasured] = useState<Measured>({ columns: 1, top: 0, isMeasured: false })
  useLayoutEffect(() => {
    const element = list.current
    if (element === null) return
    const measure = () => {
      const minPx = element.clientWidth < PHONE_PX ? TILE_MIN_PHONE_PX : TILE_MIN_PX
      const columns = Math.max(1, Math.floor((element.clientWidth + GAP_PX) / (minPx + GAP_PX)))
      const top = element.getBoundingClientRect().top + window.scrollY
      setMeasured((before) =>
        before.isMeasured && before.columns === columns && before.top === top
          ? before
          : { columns, top, isMeasured: true },
      )
    }
    measure()
    const observer = new ResizeObserver(measure)
    observer.observe(element)
    observer.observe(document.body)
    return () => observer.disconnect()
  }, [list])
  return measured
}

/** Arrows move between tiles as the eye does. */
function moveFocus(event: KeyboardEvent<HTMLElement>): void {
  const tiles = [...event.currentTarget.querySelectorAll<HTMLElement>('a')]
  const at = tiles.indexOf(document.activeElement as HTMLElement)
  if (at === -1) return
  const current = tiles[at]!.getBoundingClientRect()
  const target =
    event.key === 'ArrowRight'
      ? tiles[at + 1]
      : event.key === 'ArrowLeft'
        ? tiles[at - 1]
        : event.key === 'ArrowDown'
          ? tiles.slice(at + 1).find((tile) => below(tile.getBoundingClientRect(), current))
          : event.key === 'ArrowUp'
            ? tiles
                .slice(0, at)
                .reverse()
                .find((tile) => below(current, tile.getBoundingClientRect()))
            : undefined
  if (target === undefined) return
  event.preventDefault()
  target.focus()
}

function below(lower: DOMRect, upper: DOMRect): boolean {
  return lower.top > upper.top + 4 && Math.abs(lower.left - upper.left) < upper.width / 2
}
