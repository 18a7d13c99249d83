import { type AlertStore, StoreUnavailable } from '@iot/ports'

/** Counting joins alerts and devices, and every dashboard asks: the same figure serves for so long. */
const FIGURE_LASTS_MS = 2_000
const MAX_KEPT = 100

/** How many alerts are active, of those that somebody limited to sites may see, or of all. */
export interface ActiveAlerts {
  /** While the store is away: the last figure that is known, 0 before the first. */
  count(sites: readonly string[] | undefined): Promise<number>
}

export function createActiveAlerts(deps: { alerts: Pick<AlertStore, 'countActive'> }): ActiveAlerts {
  const kept = new Map<string, { atMs: number; counted: Promise<number> }>()

  async function count(sites: readonly string[] | undefined, last: Promise<number> | undefined) {
    try {
      const { warning, critical } = await deps.alerts.countActive({ sites })
      return warning + critical
    } catch (error) {
      if (error instanceof StoreUnavailable) return (await last) ?? 0
      throw error
    }
  }

  return {
    count(sites) {
      const key = sites ? JSON.stringify([...sites].sort()) : ''
      const last = kept.get(key)
      if (last && performance.now() - last.atMs < FIGURE_LASTS_MS) return last.counted
      const counted = count(sites, last?.counted)
      kept.delete(key)
      if (kept.size >= MAX_KEPT) kept.delete(kept.keys().next().value!)
      kept.set(key, { atMs: performance.now(), counted })
      counted.catch(() => kept.delete(key))
      return counted
    },
  }
}
