import { useMemo } from 'react'
import { useStore } from 'react-redux'
import { type RootState, useAppSelector } from '../../store.js'
import type { DeviceEntry } from '../devices/device-entry.js'
import { matchDevices } from '../devices/match-devices.js'
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
const MOST_DEVICES = 50

/** Renews when devices come or go, not by each reading. */
export function useScopeFacts({ scope, site, deviceId }: Scope, sensorType: string): ScopeFacts {
  const store = useStore<RootState>()
  const ids = useAppSelector((state) => state.devices.ids)
  const load = useAppSelector((state) => state.devices.load)
  // biome-ignore lint/correctness/useExhaustiveDependencies: `load` changes when descriptions have come
  return useMemo(
    () => factsOf(store.getState().devices.entities, ids, { scope, site, deviceId }, sensorType),
    [store, ids, load, scope, site, deviceId, sensorType],
  )
}

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

/** Devices whose name, id or place has the words that are typed. */
export function useMatchingDevices(text: string): readonly DeviceEntry[] {
  const store = useStore<RootState>()
  const ids = useAppSelector((state) => state.devices.ids)
  return useMemo(() => {
    const { entities } = store.getState().devices
    return matchDevices(entities, ids, text)
      .slice(0, MOST_DEVICES)
      .flatMap((id) => entities[id] ?? [])
  }, [store, ids, text])
}

/** A device’s name, or its id where nothing else is known. */
export function useDeviceName(): (deviceId: string) => string {
  const store = useStore<RootState>()
  const load = useAppSelector((state) => state.devices.load)
  // biome-ignore lint/correctness/useExhaustiveDependencies: `load` changes when descriptions have come
  return useMemo(
    () => (deviceId: string) => store.getState().devices.entities[deviceId]?.name ?? deviceId,
    [store, load],
  )
}
