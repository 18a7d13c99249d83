import type { PreviewEpisode } from '@iot/contracts'
import type { DeviceEntry } from '../devices/device-entry.js'
import type { RuleDraft } from './rule-draft.js'

export type Scope = Pick<RuleDraft, 'scope' | 'site' | 'deviceId'>

/** What is known of the devices that a rule is about. */
export interface ScopeFacts {
  /** by name; its unit, where a reading has told it */
  readonly sensors: ReadonlyMap<string, string | undefined>
  readonly sites: readonly string[]
  /** devices that the scope holds, those with the sensor first; at most `MOST_DEVICES` */
  readonly devices: readonly DeviceEntry[]
}

/** Devices to choose from: a longer list is no choice, and nobody reads it. */
export const MOST_DEVICES = 50

export function factsOf(
  entities: Readonly<Record<string, DeviceEntry>>,
  ids: readonly string[],
  { scope, site, deviceId }: Scope,
  sensorType: string,
): ScopeFacts {
  const sensors = new Map<string, string | undefined>()
  const sites = new Set<string>()
  const having: DeviceEntry[] = []
  const others: DeviceEntry[] = []
  for (const id of ids) {
    const entry = entities[id]
    if (entry === undefined) continue
    if (entry.site !== undefined) sites.add(entry.site)
    if (scope === 'device' ? id !== deviceId : scope === 'site' && entry.site !== site) continue
    for (const [name, { unit }] of Object.entries(entry.sensors)) sensors.set(name, sensors.get(name) ?? unit)
    const list = entry.sensors[sensorType] === undefined ? others : having
    if (list.length < MOST_DEVICES) list.push(entry)
  }
  return {
    sensors: new Map([...sensors].sort(([one], [other]) => one.localeCompare(other))),
    sites: [...sites].sort(),
    devices: [...having, ...others].slice(0, MOST_DEVICES),
  }
}

/** Those that it opened on, most often first, then others of the scope. */
export function devicesToDraw(
  episodes: readonly PreviewEpisode[],
  facts: Pick<ScopeFacts, 'devices'>,
): string[] {
  const counts = new Map<string, number>()
  for (const { deviceId } of episodes) counts.set(deviceId, (counts.get(deviceId) ?? 0) + 1)
  const opened = [...counts].sort(([, one], [, other]) => other - one).map(([deviceId]) => deviceId)
  return [...new Set([...opened, ...facts.devices.map(({ deviceId }) => deviceId)])].slice(0, MOST_DEVICES)
}
