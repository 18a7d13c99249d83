import { useMemo } from 'react'
import { useStore } from 'react-redux'
import { type RootState, useAppSelector } from '../../store.js'
import { useNow } from '../../ui/use-now.js'
import { selectAlertSummary } from '../alerts/alert-summary.js'
import { type FleetSummary, summarizeFleet } from './fleet-summary.js'

/** Ages move a device's look; looking this often is soon enough for a list, and cheap with 10 000. */
const LOOK_EVERY_MS = 2_000

/**
 * The fleet as a whole, renewed every two seconds and when devices come or go, and not by each reading or alert: tiles
 * follow their own device.
 */
export function useFleet(): FleetSummary {
  const store = useStore<RootState>()
  const ids = useAppSelector((state) => state.devices.ids)
  const load = useAppSelector((state) => state.devices.load)
  const nowMs = useNow(LOOK_EVERY_MS)
  // biome-ignore lint/correctness/useExhaustiveDependencies: `load` changes when descriptions have come
  return useMemo(() => {
    const state = store.getState()
    return summarizeFleet(state.devices.entities, ids, nowMs, selectAlertSummary(state).worstOf)
  }, [store, ids, load, nowMs])
}
