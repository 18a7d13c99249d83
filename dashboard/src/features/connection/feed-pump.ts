import type { LiveClient } from '@iot/client'
import type { Reading, StatusEvent } from '@iot/contracts'
import { api } from '../../api/http-client.js'
import type { DeviceWatching } from '../../api/live-feed.js'
import type { AppStore } from '../../store.js'
import { deviceRemoved } from '../devices/devices-slice.js'
import { connectionChanged, fellBehind, paused, resumed } from './connection-slice.js'
import { liveFrame } from './live-frame.js'

export interface FeedPumpDeps {
  feed: LiveClient
  store: Pick<AppStore, 'dispatch' | 'getState'>
  /** calls back at the next animation frame, also (late) in a hidden tab */
  requestFrame: (callback: () => void) => void
  nowMs: () => number
}

export interface FeedPump extends DeviceWatching {
  start(): void
  stop(): void
}

/**
 * Carries live data into the store at the screen's pace: whatever comes between two animation frames is one
 * dispatch, with the newest reading per sensor. What waits is bounded by the number of sensors and devices, so a
 * pause of any length holds no more than one reading of each.
 */
export function createFeedPump({ feed, store, requestFrame, nowMs }: FeedPumpDeps): FeedPump {
  const readings = new Map<string, Reading>()
  const status = new Map<string, StatusEvent>()
  /** newest timestamp seen per sensor, so that a repeat is not counted again */
  const seen = new Map<string, string>()
  const ends: (() => void)[] = []
  let waitingPoints = 0
  let framePending = false
  let delayMs: number | undefined
  let running = false

  function take(batch: readonly Reading[], live: boolean): void {
    let last: Reading | undefined
    for (const reading of batch) {
      const key = `${reading.deviceId} ${reading.sensorType}`
      const before = seen.get(key)
      if (before !== undefined && reading.timestamp <= before) continue
      seen.set(key, reading.timestamp)
      readings.set(key, reading)
      last = reading
      if (live) waitingPoints += 1
    }
    if (last !== undefined && feed.connection().state === 'live') measureDelay(last)
    wake()
  }

  /** Of the newest reading of a batch: the older ones waited for their window on purpose. */
  function measureDelay(last: Reading): void {
    const offsetMs = feed.connection().clockOffsetMs
    if (last.receivedAt === undefined || offsetMs === undefined) return
    delayMs = Math.max(0, nowMs() + offsetMs - Date.parse(last.receivedAt))
  }

  function wake(): void {
    if (framePending || !running) return
    framePending = true
    requestFrame(flush)
  }

  function flush(): void {
    framePending = false
    if (!running) return
    const { connection } = store.getState()
    if (connection.paused) {
      if (connection.behind !== waitingPoints) store.dispatch(fellBehind({ behind: waitingPoints }))
      return
    }
    if (readings.size === 0 && status.size === 0) return
    store.dispatch(
      liveFrame({
        readings: [...readings.values()],
        status: [...status.values()],
        points: waitingPoints,
        ...(waitingPoints > 0 && { lastDataAtMs: nowMs() }),
        ...(delayMs !== undefined && { delayMs }),
      }),
    )
    readings.clear()
    status.clear()
    waitingPoints = 0
    delayMs = undefined
  }

  const watcher = (onReadings: (batch: readonly Reading[]) => void) => ({
    onReadings,
    onStatus: (events: readonly StatusEvent[]) => {
      for (const event of events) status.set(event.deviceId, event)
      wake()
    },
  })

  return {
    start() {
      running = true
      ends.push(
        feed.onConnection((connection) => store.dispatch(connectionChanged(connection))),
        feed.watchAll(watcher((batch) => take(batch, feed.connection().state === 'live' || isPolling()))),
      )
      feed.start()
      store.dispatch(connectionChanged(feed.connection()))
    },
    stop() {
      running = false
      for (const end of ends.splice(0)) end()
      feed.stop()
      readings.clear()
      status.clear()
      seen.clear()
      waitingPoints = 0
      // A feed that was stopped tells nothing more, and the last it told was perhaps that it is live.
      store.dispatch(connectionChanged({ state: 'offline' }))
    },
    watchDevice: (deviceId, onReadings) =>
      feed.watchDevice(deviceId, {
        ...watcher((batch) => {
          // The rings of a chart get all; the store what the page shows.
          take(batch, feed.connection().state === 'live')
          onReadings(batch)
        }),
        onVisibility(visible) {
          if (!visible) store.dispatch(deviceRemoved({ deviceId }))
          // What REST says of it now: that there is none, or all of it again.
          store.dispatch(api.util.invalidateTags([{ type: 'Device', id: deviceId }]))
        },
      }),
    pause: () => void store.dispatch(paused({ atMs: nowMs() })),
    resume() {
      store.dispatch(resumed())
      wake()
    },
    retryNow: () => feed.retryNow(),
  }

  function isPolling(): boolean {
    return feed.connection().state === 'polling'
  }
}
