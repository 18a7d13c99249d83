import type { DeviceStatus } from '@iot/contracts'
import type { DeviceEntry } from '../devices/device-entry.js'

/** What a page holds of devices and notices at one moment. */
export interface Sight {
  readonly atMs: number
  readonly entities: Readonly<Record<string, DeviceEntry>>
  /** ids, newest first */
  readonly notices: readonly string[]
}

/** What happened while nothing came: the page before, against the page after. */
export interface Absence {
  readonly lastedMs: number
  /** devices that have newer values than before */
  readonly renewed: number
  /** devices that are not what they were, and what they are now */
  readonly changed: readonly {
    readonly deviceId: string
    readonly name: string
    readonly status: DeviceStatus
  }[]
  /** notices that came meanwhile */
  readonly notices: number
}

export function absenceBetween(before: Sight, after: Sight): Absence {
  let renewed = 0
  const changed: Absence['changed'][number][] = []
  for (const [deviceId, now] of Object.entries(after.entities)) {
    const then = before.entities[deviceId]
    if (then === now) continue
    if (newestOf(now) > newestOf(then)) renewed += 1
    if (then?.described && now.status !== then.status)
      changed.push({ deviceId, name: now.name, status: now.status })
  }
  const known = new Set(before.notices)
  const firstKnown = after.notices.findIndex((id) => known.has(id))
  return {
    lastedMs: after.atMs - before.atMs,
    renewed,
    // What went off is what a person looks for.
    changed: changed.sort(
      (one, other) => Number(other.status === 'offline') - Number(one.status === 'offline'),
    ),
    notices: firstKnown === -1 ? after.notices.length : firstKnown,
  }
}

function newestOf(entry: DeviceEntry | undefined): number {
  let newestMs = 0
  for (const { latestAtMs = 0 } of Object.values(entry?.sensors ?? {}))
    newestMs = Math.max(newestMs, latestAtMs)
  return newestMs
}
