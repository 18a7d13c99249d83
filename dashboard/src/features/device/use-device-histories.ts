import { useEffect, useRef, useState, useSyncExternalStore } from 'react'
import { useConnection, useLiveReadings } from '../../api/live-feed.js'
import { useTransport } from '../../api/use-transport.js'
import type { TimeWindow } from '../../ui/time-chart/time-window.js'
import { createDeviceHistories, type DeviceHistories, type SensorHistory } from './device-histories.js'

/**
 * The lines of a device for as long as its page is open, fed by the live feed from the first moment on. They are asked
 * for when it is known how many points there is room for.
 */
export function useDeviceHistories(
  deviceId: string,
  window: TimeWindow,
  points: number | undefined,
  isGone = false,
): DeviceHistories {
  const transport = useTransport()
  const make = () => createDeviceHistories({ deviceId, request: transport.request, nowMs: Date.now })
  const [histories, setHistories] = useState(make)
  const made = useRef({ deviceId, histories })

  // biome-ignore lint/correctness/useExhaustiveDependencies: another device, other lines; the transport never changes
  useEffect(() => {
    if (made.current.deviceId !== deviceId) {
      made.current.histories.close()
      made.current = { deviceId, histories: make() }
      setHistories(made.current.histories)
    }
  }, [deviceId])
  useEffect(() => {
    if (points !== undefined) histories.show(window, points)
  }, [histories, window, points])
  useLiveReadings(deviceId, (readings) => made.current.histories.add(readings))
  useReloadAfterHole(histories, isGone)
  return histories
}

/** What came while the connection was away, or the device out of sight, is in the history only. */
function useReloadAfterHole(histories: DeviceHistories, isGone: boolean): void {
  const isCutOff = useConnection(
    ({ state, firstAttempt }) =>
      !firstAttempt && (state === 'reconnecting' || state === 'offline' || state === 'polling'),
  )
  const away = isCutOff || isGone
  const wasAway = useRef(false)
  useEffect(() => {
    if (wasAway.current && !away) histories.reload()
    wasAway.current = away
  }, [away, histories])
}

/** One sensor's line; asking for it loads it. */
export function useSensorHistory(histories: DeviceHistories, sensorType: string): SensorHistory {
  useEffect(() => histories.open(sensorType), [histories, sensorType])
  return useSyncExternalStore(histories.subscribe, () => histories.get(sensorType))
}
