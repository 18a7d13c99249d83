import type { LiveClient, LiveConnection, LiveWatcher } from '@iot/client'
import type { Reading } from '@iot/contracts'
import { describe, expect, it } from '@jest/globals'
import { combineReducers, configureStore, type Middleware, type UnknownAction } from '@reduxjs/toolkit'
import { api } from '../../api/http-client.js'
import { devicesReducer } from '../devices/devices-slice.js'
import { connectionReducer } from './connection-slice.js'
import { createFeedPump, type FeedPumpDeps } from './feed-pump.js'
import { liveFrame } from './live-frame.js'

const NOW_MS = Date.parse('2026-01-01T00:01:00.000Z')

function setUp() {
  const reducer = combineReducers({ devices: devicesReducer, connection: connectionReducer })
  const actions: UnknownAction[] = []
  const record: Middleware = () => (next) => (action) => {
    actions.push(action as UnknownAction)
    return next(action)
  }
  const store = configureStore({ reducer, middleware: (defaults) => defaults().concat(record) })
  const connection: LiveConnection = { state: 'live', clockOffsetMs: 0 }
  let all: LiveWatcher | undefined
  let single: LiveWatcher | undefined
  const feed: LiveClient = {
    start: () => undefined,
    stop: () => undefined,
    retryNow: () => undefined,
    connection: () => connection,
    onConnection: () => () => undefined,
    watchAll: (watcher) => {
      all = watcher
      return () => undefined
    },
    watchDevice: (_deviceId, watcher) => {
      single = watcher
      return () => undefined
    },
  }
  const frames: (() => void)[] = []
  const pump = createFeedPump({
    feed,
    store: store as unknown as FeedPumpDeps['store'],
    requestFrame: (callback) => frames.push(callback),
    nowMs: () => NOW_MS,
  })
  pump.start()
  return {
    store,
    pump,
    frames,
    connection,
    actions,
    drawn: () => actions.filter(liveFrame.match),
    draw: () => {
      for (const frame of frames.splice(0)) frame()
    },
    all: () => all!,
    single: () => single!,
  }
}

function reading(value: number, second: number): Reading {
  const timestamp = `2026-01-01T00:00:${String(second).padStart(2, '0')}.000Z`
  return { deviceId: 'pump', sensorType: 'flow', value, timestamp, receivedAt: timestamp, status: 'normal' }
}

describe('live data on its way into the store', () => {
  it('is one dispatch per frame, with the newest of each sensor and the count of all', () => {
    const { all, frames, draw, drawn, store } = setUp()
    for (let second = 0; second < 50; second += 1) all().onReadings([reading(second, second)])
    expect(frames).toHaveLength(1)
    draw()
    expect(drawn()).toHaveLength(1)
    expect(drawn()[0]?.payload).toMatchObject({ points: 50, readings: [{ value: 49 }] })
    expect(store.getState().connection.points).toBe(50)
  })

  it('counts a reading once, also when two subscriptions bring it', () => {
    const { all, single, pump, draw, store } = setUp()
    pump.watchDevice('pump', () => undefined)
    single().onReadings([reading(1, 1)])
    all().onReadings([reading(1, 1)])
    draw()
    expect(store.getState().connection.points).toBe(1)
  })

  it('stands still while paused and says how far behind it is, then shows the newest', () => {
    const { all, pump, draw, drawn, store } = setUp()
    pump.pause()
    all().onReadings([reading(1, 1), reading(2, 2)])
    draw()
    expect(drawn()).toHaveLength(0)
    expect(store.getState().connection).toMatchObject({ paused: true, behind: 2 })
    pump.resume()
    draw()
    expect(store.getState().devices.entities.pump?.sensors.flow?.latest?.value).toBe(2)
    expect(store.getState().connection).toMatchObject({ paused: false, behind: 0, points: 2 })
  })

  it('gives a chart every reading, paused or not', () => {
    const { single, pump, draw } = setUp()
    const ring: number[] = []
    pump.watchDevice('pump', (readings) => ring.push(...readings.map((each) => each.value)))
    pump.pause()
    single().onReadings([reading(1, 1), reading(2, 2)])
    draw()
    single().onReadings([reading(3, 3)])
    expect(ring).toEqual([1, 2, 3])
  })

  it('forgets a device that has gone out of sight, and has REST asked of it', () => {
    const { single, pump, draw, store, actions } = setUp()
    pump.watchDevice('pump', () => undefined)
    single().onReadings([reading(1, 1)])
    draw()
    single().onVisibility?.(false)
    expect(store.getState().devices.ids).toEqual([])
    single().onVisibility?.(true)
    const asked = actions.filter(api.util.invalidateTags.match).map(({ payload }) => payload)
    expect(asked).toEqual([[{ type: 'Device', id: 'pump' }], [{ type: 'Device', id: 'pump' }]])
  })

  it('measures no delay of a snapshot or a repeat: only what comes live says how long the way is', () => {
    const { all, single, pump, draw, store, connection } = setUp()
    connection.state = 'catchingUp'
    all().onReadings([reading(1, 1)])
    draw()
    connection.state = 'live'
    pump.watchDevice('pump', () => undefined)
    single().onReadings([reading(1, 1)])
    draw()
    expect(store.getState().connection.delayMs).toBeUndefined()
    expect(store.getState().devices.entities.pump?.sensors.flow?.latest?.value).toBe(1)
  })

  it('measures the delay from arrival at the server to the screen', () => {
    const { all, draw, store } = setUp()
    all().onReadings([reading(1, 58)])
    draw()
    expect(store.getState().connection.delayMs).toBe(2_000)
  })
})
