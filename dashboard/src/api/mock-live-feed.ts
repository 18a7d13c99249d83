import type { LiveConnection, LiveWatcher } from '@iot/client'
import type { Reading } from '@iot/contracts'
import type { LiveFeed } from './live-feed.js'
import type { MockAlerts } from './mock-alerts.js'
import type { MockOffice } from './mock-office.js'
import type { MockDevice, MockScene, MockWorld } from './mock-world.js'

const TICK_MS = 200
const ALL_EVERY_TICKS = 5
const MOCK_DELAY_MS = 60

/** A live feed out of the mock's fleet, as the sockets would bring it: all devices each second, one device at once. */
export function createMockLiveFeed({
  world,
  scene,
  office,
  alerts,
}: {
  world: MockWorld
  scene: MockScene
  office: MockOffice
  alerts: MockAlerts
}): LiveFeed {
  const all = new Set<LiveWatcher>()
  const single = new Map<string, Set<LiveWatcher>>()
  const listeners = new Set<(connection: LiveConnection) => void>()
  const spokenMs = new Map<string, number>()
  let connection: LiveConnection = { state: 'connecting' }
  let timer: ReturnType<typeof setInterval> | undefined
  let ticks = 0

  function change(next: LiveConnection): void {
    connection = next
    for (const listener of listeners) listener(next)
  }

  function spoken(model: MockDevice, nowMs: number): Reading[] {
    if (model.never || model.silentSinceMs !== undefined) return []
    const atMs = nowMs - (nowMs % model.intervalMs)
    if (spokenMs.get(model.device.deviceId) === atMs) return []
    spokenMs.set(model.device.deviceId, atMs)
    const receivedAt = new Date(nowMs - MOCK_DELAY_MS).toISOString()
    return model.sensors.map((sensor) => ({ ...world.readingAt(model, sensor, atMs), receivedAt }))
  }

  function tick(): void {
    ticks += 1
    const nowMs = Date.now()
    for (const [deviceId, watchers] of single) {
      const model = world.devices.get(deviceId)
      if (model === undefined) continue
      const readings = spoken(model, nowMs)
      if (readings.length === 0) continue
      for (const watcher of [...watchers, ...all]) watcher.onReadings(readings)
    }
    if (ticks % ALL_EVERY_TICKS !== 0) return
    const readings = [...world.devices.values()].flatMap((model) => spoken(model, nowMs))
    if (readings.length > 0) for (const watcher of all) watcher.onReadings(readings)
  }

  return {
    start() {
      if (scene === 'loading') return
      change({ state: 'catchingUp' })
      if (scene === 'lost')
        change({ state: 'reconnecting', nextRetryAtMs: Date.now() + 21_000, reason: 'transport error' })
      else change({ state: scene === 'polling' ? 'polling' : 'live', clockOffsetMs: 0 })
      if (scene !== 'lost') timer ??= setInterval(tick, TICK_MS)
    },
    stop() {
      clearInterval(timer)
      timer = undefined
    },
    retryNow: () => change({ state: 'reconnecting' }),
    connection: () => connection,
    onConnection(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    on: office.on,
    watchAlerts: alerts.watch,
    watchAll(watcher) {
      all.add(watcher)
      return () => all.delete(watcher)
    },
    watchDevice(deviceId, watcher) {
      const watchers = single.get(deviceId) ?? new Set()
      single.set(deviceId, watchers.add(watcher))
      const model = world.devices.get(deviceId)
      if (model !== undefined) queueMicrotask(() => watcher.onReadings(world.latest(model, Date.now())))
      return () => {
        watchers.delete(watcher)
        if (watchers.size === 0) single.delete(deviceId)
      }
    },
  }
}
