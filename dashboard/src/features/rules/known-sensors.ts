import { useMemo } from 'react'
import { useStore } from 'react-redux'
import { type RootState, useAppSelector } from '../../store.js'
import type { DeviceEntry } from '../devices/device-entry.js'
import { matchDevices } from '../devices/match-devices.js'
import { factsOf, MOST_DEVICES, type Scope, type ScopeFacts } from './scope-facts.js'

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
