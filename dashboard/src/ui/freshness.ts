/** The five looks of a value. Stale is not offline; never seen is not zero. */
export type Freshness = 'fresh' | 'stale' | 'offline' | 'never' | 'maintenance'

/** Older than this many usual intervals is stale. */
const STALE_INTERVALS = 3
/** A sensor that speaks ten times a second is not stale after 300 ms: no link is that even. */
const STALE_AT_LEAST_MS = 15_000
/** Before its usual interval is known. */
const STALE_UNKNOWN_MS = 15 * 60_000

export interface FreshnessFacts {
  status: 'online' | 'offline' | 'maintenance' | 'unknown'
  /** ms since 1970 of the newest reading; undefined: there is none */
  atMs: number | undefined
  /** usual time between readings, ms */
  intervalMs: number | undefined
  nowMs: number
}

export function freshnessOf({ status, atMs, intervalMs, nowMs }: FreshnessFacts): Freshness {
  if (status === 'maintenance') return 'maintenance'
  if (status === 'offline') return 'offline'
  if (atMs === undefined) return 'never'
  return nowMs - atMs > staleAfterMs(intervalMs) ? 'stale' : 'fresh'
}

function staleAfterMs(intervalMs: number | undefined): number {
  return intervalMs === undefined
    ? STALE_UNKNOWN_MS
    : Math.max(intervalMs * STALE_INTERVALS, STALE_AT_LEAST_MS)
}
