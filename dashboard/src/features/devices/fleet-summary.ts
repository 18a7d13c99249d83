import { compareEntries, type DeviceEntry } from './device-entry.js'
import { type DeviceHealth, healthOf, type Severity } from './device-health.js'

export interface Attention {
  deviceId: string
  health: DeviceHealth
}

export interface FleetSummary {
  total: number
  online: number
  warning: number
  critical: number
  /** worst first, then by name */
  attention: readonly Attention[]
  /** `kind` of each device, for sorting and filtering */
  healths: ReadonlyMap<string, DeviceHealth>
  sites: readonly string[]
  tags: readonly string[]
}

/** Everything that a page says of the fleet as a whole, in one walk. */
export function summarizeFleet(
  entities: Readonly<Record<string, DeviceEntry>>,
  ids: readonly string[],
  nowMs: number,
  worstAlerts: ReadonlyMap<string, Severity> = NO_ALERTS,
): FleetSummary {
  const healths = new Map<string, DeviceHealth>()
  const attention: Attention[] = []
  const sites = new Set<string>()
  const tags = new Set<string>()
  const counts = { online: 0, warning: 0, critical: 0 }
  for (const deviceId of ids) {
    const entry = entities[deviceId]
    if (entry === undefined) continue
    const health = healthOf(entry, nowMs, worstAlerts.get(deviceId))
    healths.set(deviceId, health)
    if (entry.site !== undefined) sites.add(entry.site)
    for (const tag of entry.tags) tags.add(tag)
    if (entry.status === 'online') counts.online += 1
    if (health.kind === 'warning' || health.kind === 'critical') counts[health.kind] += 1
    if (health.attention) attention.push({ deviceId, health })
  }
  attention.sort(
    (one, other) =>
      one.health.rank - other.health.rank || compareEntries(entities[one.deviceId], entities[other.deviceId]),
  )
  return {
    total: healths.size,
    ...counts,
    attention,
    healths,
    sites: [...sites].sort(compareNames),
    tags: [...tags].sort(compareNames),
  }
}

const NO_ALERTS: ReadonlyMap<string, Severity> = new Map()

const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' })

/** Pump 9 before Pump 10. */
export function compareNames(one: string, other: string): number {
  return collator.compare(one, other)
}
