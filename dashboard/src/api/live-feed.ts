import type { LiveAlerts, LiveClient, LiveEvents } from '@iot/client'
import type { DeviceStatus, Reading, ServerEvent, ServerEventBody } from '@iot/contracts'
import { createContext, useContext, useEffect, useMemo, useRef } from 'react'
import { selectConnection, selectPaused } from '../features/connection/connection-slice.js'
import type { SensorEntry } from '../features/devices/device-entry.js'
import { type AppDeps, type AppDispatch, type RootState, useAppDispatch, useAppSelector } from '../store.js'

/** Where live data come from: `@iot/client` over the sockets, or the mock. */
export type LiveFeed = LiveClient & LiveAlerts & Pick<LiveEvents, 'on'>

const feedOf = (_dispatch: AppDispatch, _getState: () => RootState, { feed }: AppDeps): LiveFeed => feed

/** Calls `handler` with each event of that name while the component is on the page. */
export function useLiveEvent<Event extends ServerEvent>(
  event: Event,
  handler: (body: ServerEventBody<Event>) => void,
): void {
  const feed = useAppDispatch()(feedOf)
  const newest = useRef(handler)
  useEffect(() => {
    newest.current = handler
  })
  useEffect(() => feed.on(event, (body) => newest.current(body)), [feed, event])
}

/** `paused` is the viewer's own; the rest is the feed's. */
export type ConnectionView = 'live' | 'catchingUp' | 'reconnecting' | 'polling' | 'paused' | 'offline'

/** Watches devices on behalf of components; the pump that feeds the store implements it. */
export interface DeviceWatching {
  /** Complete readings of one device every 100 ms, also to the store. Returns how to stop. */
  watchDevice(deviceId: string, onReadings: (readings: readonly Reading[]) => void): () => void
  pause(): void
  resume(): void
  retryNow(): void
}

export const DeviceWatchingContext = createContext<DeviceWatching | undefined>(undefined)

export function useDeviceWatching(): DeviceWatching {
  const watching = useContext(DeviceWatchingContext)
  if (watching === undefined) throw new Error('no DeviceWatchingContext above this component')
  return watching
}

/** The newest reading of one sensor by device time; renders again only when that reading changes. */
export function useLatestReading(deviceId: string, sensorType: string): Reading | undefined {
  return useAppSelector((state) => state.devices.entities[deviceId]?.sensors[sensorType]?.latest)
}

export interface DeviceLive {
  status: DeviceStatus
  lastSeenMs?: number
  sensors: Readonly<Record<string, SensorEntry>>
}

/** The names of a device's sensors in order; the same list as long as they are the same. */
export function useSensorTypes(deviceId: string): readonly string[] {
  const said = useAppSelector((state) =>
    JSON.stringify(Object.keys(state.devices.entities[deviceId]?.sensors ?? {}).sort()),
  )
  return useMemo(() => JSON.parse(said) as string[], [said])
}

/** The unit of one sensor, by what it last sent. */
export function useSensorUnit(deviceId: string, sensorType: string): string | undefined {
  return useAppSelector((state) => state.devices.entities[deviceId]?.sensors[sensorType]?.unit)
}

/** What is known of one sensor; renders again only when that changes. */
export function useSensorLive(deviceId: string, sensorType: string): SensorEntry | undefined {
  return useAppSelector((state) => state.devices.entities[deviceId]?.sensors[sensorType])
}

/** Whether a device is well; undefined while the page knows nothing of it. */
export function useDeviceStatus(deviceId: string): DeviceStatus | undefined {
  return useAppSelector((state) => state.devices.entities[deviceId]?.status)
}

/**
 * Status, last sign of life and newest readings of one device; undefined while the page knows nothing of it. Each
 * reading renders again: for small things only.
 */
export function useDeviceLive(deviceId: string): DeviceLive | undefined {
  return useAppSelector((state) => state.devices.entities[deviceId])
}

/**
 * Calls `onReadings` with every reading of a device, oldest first, at most every 100 ms, outside React's state: for
 * the rings of a chart. It goes on while the viewer has paused (freeze the view, keep the ring), begins with the
 * newest reading of each sensor, and may repeat readings after a reconnection.
 */
export function useLiveReadings(deviceId: string, onReadings: (readings: readonly Reading[]) => void): void {
  const watching = useDeviceWatching()
  const listener = useRef(onReadings)
  useEffect(() => {
    listener.current = onReadings
  })
  useEffect(
    () => watching.watchDevice(deviceId, (readings) => listener.current(readings)),
    [watching, deviceId],
  )
}

export interface Connection {
  state: ConnectionView
  /** nothing has ever come: say “connecting”, not “reconnecting” */
  firstAttempt: boolean
  delayMs?: number
  nextRetryAtMs?: number
  lastDataAtMs?: number
  points: number
  behind: number
  /** readings that were missed, and that the last reconnection has fetched up */
  missed?: number
  /** why the last attempt failed */
  reason?: string
  pausedAtMs?: number
}

/**
 * What `select` says of the connection as the indicator shows it; renders again only when that changes. All of it
 * changes with each batch of readings. A pause is shown only over a connection that works.
 */
export function useConnection<Said extends string | number | boolean | undefined>(
  select: (connection: Connection) => Said,
): Said {
  return useAppSelector((state) => select(viewOf(selectConnection(state))))
}

function viewOf(connection: ReturnType<typeof selectConnection>): Connection {
  const feed = connection.state === 'connecting' ? 'reconnecting' : connection.state
  const working = feed === 'live' || feed === 'catchingUp' || feed === 'polling'
  return {
    ...connection,
    state: connection.paused && working ? 'paused' : feed,
    firstAttempt: connection.state === 'connecting',
  }
}

/** Whether the viewer has paused live data, and how to change it. */
export function usePaused(): { paused: boolean; pause: () => void; resume: () => void; toggle: () => void } {
  const isPaused = useAppSelector(selectPaused)
  const watching = useDeviceWatching()
  return useMemo(
    () => ({
      paused: isPaused,
      pause: watching.pause,
      resume: watching.resume,
      toggle: isPaused ? watching.resume : watching.pause,
    }),
    [isPaused, watching],
  )
}
