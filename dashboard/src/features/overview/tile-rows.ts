import { compareEntries, type DeviceEntry } from '../devices/device-entry.js'
import type { FleetSummary } from '../devices/fleet-summary.js'

export type TileRow =
  | { kind: 'site'; site: string | undefined; count: number }
  | { kind: 'tiles'; deviceIds: readonly string[] }

export interface TileRowsQuestion {
  entities: Readonly<Record<string, DeviceEntry>>
  fleet: FleetSummary
  /** only this site; empty: all */
  site: string
  sort: 'worst' | 'name'
}

/** Devices of each site in order. Worst first: sites by their worst device too; else both by name, no site last. */
export function orderBySite({ entities, fleet, site, sort }: TileRowsQuestion): string[] {
  const chosen = [...fleet.healths.keys()].filter((id) => site === '' || entities[id]?.site === site)
  const rank = (id: string) => fleet.healths.get(id)?.rank ?? 0
  const siteRanks = new Map(fleet.sites.map((name, at) => [name, at]))
  const siteRank = (name: string | undefined) =>
    name === undefined ? fleet.sites.length : (siteRanks.get(name) ?? 0)
  const worstOf = new Map<string | undefined, number>()
  for (const id of sort === 'worst' ? chosen : []) {
    const key = entities[id]?.site
    worstOf.set(key, Math.min(worstOf.get(key) ?? Number.POSITIVE_INFINITY, rank(id)))
  }
  return chosen.sort((one, other) => {
    const [first, second] = [entities[one]?.site, entities[other]?.site]
    const bySite =
      (worstOf.get(first) ?? 0) - (worstOf.get(second) ?? 0) || siteRank(first) - siteRank(second)
    if (bySite !== 0) return bySite
    const byHealth = sort === 'worst' ? rank(one) - rank(other) : 0
    return byHealth || compareEntries(entities[one], entities[other])
  })
}

/** The order cut into rows for a screen that is so many tiles wide, a heading before each site. */
export function cutRows(
  order: readonly string[],
  siteOf: (deviceId: string) => string | undefined,
  columns: number,
): TileRow[] {
  const rows: TileRow[] = []
  for (let start = 0; start < order.length; ) {
    const site = siteOf(order[start]!)
    let end = start + 1
    while (end < order.length && siteOf(order[end]!) === site) end += 1
    rows.push({ kind: 'site', site, count: end - start })
    for (let at = start; at < end; at += columns) {
      rows.push({ kind: 'tiles', deviceIds: order.slice(at, Math.min(at + columns, end)) })
    }
    start = end
  }
  return rows
}
