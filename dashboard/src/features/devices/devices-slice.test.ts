import type { Device, Reading } from '@iot/contracts'
import { describe, expect, it } from '@jest/globals'
import { liveFrame } from '../connection/live-frame.js'
import { deviceRemoved, devicesFailed, devicesLoaded, devicesReducer } from './devices-slice.js'

const EMPTY = devicesReducer(undefined, { type: 'start' })

function device(deviceId: string, change: Partial<Device> = {}): Device {
  return {
    deviceId,
    name: `Name of ${deviceId}`,
    status: 'online',
    tags: [],
    attributes: {},
    createdAt: '2026-01-01T00:00:00.000Z',
    sensors: [],
    ...change,
  }
}

function reading(deviceId: string, value: number, second: number, sensorType = 'temperature'): Reading {
  const timestamp = `2026-01-01T00:00:${String(second).padStart(2, '0')}.000Z`
  return { deviceId, sensorType, value, timestamp, status: 'normal' }
}

function frame(readings: Reading[]) {
  return liveFrame({ readings, status: [], points: readings.length })
}

function loaded(...devices: Device[]) {
  return devicesLoaded({ devices, last: true, seen: devices.map((each) => each.deviceId) })
}

describe('the devices on the page', () => {
  it('keep the newest reading by device time: a late one never moves it back', () => {
    const now = devicesReducer(EMPTY, frame([reading('pump', 2, 20)]))
    const later = devicesReducer(now, frame([reading('pump', 1, 10)]))
    expect(later).toBe(now)
    expect(later.entities.pump?.sensors.temperature?.latest?.value).toBe(2)
  })

  it('change only where a reading belongs: other devices and sensors stay the same objects', () => {
    const both = devicesReducer(
      EMPTY,
      frame([reading('a', 1, 1), reading('b', 1, 1), reading('a', 5, 1, 'humidity')]),
    )
    const after = devicesReducer(both, frame([reading('a', 2, 2)]))
    expect(after.entities.b).toBe(both.entities.b)
    expect(after.entities.a?.sensors.humidity).toBe(both.entities.a?.sensors.humidity)
    expect(after.entities.a).not.toBe(both.entities.a)
    expect(after.ids).toBe(both.ids)
  })

  it('learn how often a sensor speaks, and do not take an outage for its rhythm', () => {
    const state = [0, 2, 4, 6, 8, 58].reduce(
      (before, second) => devicesReducer(before, frame([reading('pump', second, second)])),
      EMPTY,
    )
    const intervalMs = state.entities.pump!.sensors.temperature!.intervalMs!
    expect(intervalMs).toBeGreaterThanOrEqual(2_000)
    expect(intervalMs).toBeLessThanOrEqual(3_000)
  })

  it('know a device from its first reading, and its name when the list has come', () => {
    const heard = devicesReducer(EMPTY, frame([reading('new', 21, 1)]))
    expect(heard.entities.new).toMatchObject({ name: 'new', described: false })
    const described = devicesReducer(heard, loaded(device('new')))
    expect(described.entities.new).toMatchObject({ name: 'Name of new', described: true })
    expect(described.entities.new?.sensors.temperature?.latest?.value).toBe(21)
  })

  it('forget what a whole list no longer names, but not what only live readings know of', () => {
    const before = devicesReducer(
      devicesReducer(EMPTY, loaded(device('a'), device('b'))),
      frame([reading('c', 1, 1)]),
    )
    expect(devicesReducer(before, loaded(device('a'))).ids).toEqual(['a', 'c'])
  })

  it('forget what only readings knew of before a list was asked for that does not name it', () => {
    const known = devicesReducer(EMPTY, frame([reading('removed', 1, 1)]))
    const during = devicesReducer(known, frame([reading('new', 1, 2)]))
    const after = devicesReducer(
      during,
      devicesLoaded({ devices: [device('a')], last: true, seen: ['a'], unlisted: ['removed'] }),
    )
    expect(after.ids).toEqual(['new', 'a'])
  })

  it('stay when a later page fails, and say that they are not all', () => {
    const error = { status: 503, code: 'UNAVAILABLE' as const, title: 'away' }
    const first = devicesReducer(EMPTY, devicesLoaded({ devices: [device('a')], last: false }))
    expect(devicesReducer(first, devicesFailed({ error }))).toMatchObject({
      load: 'ready',
      partial: true,
      ids: ['a'],
    })
    expect(devicesReducer(EMPTY, devicesFailed({ error }))).toMatchObject({ load: 'failed', partial: false })
  })

  it('take a status change, and go when they are removed', () => {
    const before = devicesReducer(EMPTY, loaded(device('a'), device('b')))
    const event = { deviceId: 'a', status: 'offline' as const, timestamp: '2026-01-01T00:00:00.000Z' }
    const offline = devicesReducer(before, liveFrame({ readings: [], status: [event], points: 0 }))
    expect(offline.entities.a?.status).toBe('offline')
    expect(offline.entities.b).toBe(before.entities.b)
    expect(devicesReducer(offline, deviceRemoved({ deviceId: 'a' })).ids).toEqual(['b'])
  })
})
