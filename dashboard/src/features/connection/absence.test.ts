import type { DeviceStatus } from '@iot/contracts'
import { describe, expect, it } from '@jest/globals'
import { type DeviceEntry, undescribedEntry } from '../devices/device-entry.js'
import { absenceBetween, type Sight } from './absence.js'

function device(deviceId: string, status: DeviceStatus, latestAtMs?: number): DeviceEntry {
  const sensor = { sensorType: 'flow', ...(latestAtMs !== undefined && { latestAtMs }) }
  return { ...undescribedEntry(deviceId), described: true, status, sensors: { flow: sensor } }
}

function sight(atMs: number, devices: readonly DeviceEntry[], notices: readonly string[] = []): Sight {
  return { atMs, entities: Object.fromEntries(devices.map((each) => [each.deviceId, each])), notices }
}

describe('what was missed while nothing came', () => {
  it('is which devices have newer values, and which are not what they were, the lost ones first', () => {
    const same = device('same', 'online', 5)
    const before = sight(1_000, [
      same,
      device('moved', 'online', 5),
      device('back', 'offline', 5),
      device('gone', 'online', 5),
    ])
    const after = sight(61_000, [
      same,
      device('moved', 'online', 9),
      device('back', 'online', 9),
      device('gone', 'offline', 5),
    ])
    expect(absenceBetween(before, after)).toEqual({
      lastedMs: 60_000,
      renewed: 2,
      changed: [
        { deviceId: 'gone', name: 'gone', status: 'offline' },
        { deviceId: 'back', name: 'back', status: 'online' },
      ],
      notices: 0,
    })
  })

  it('counts a new device by its values, and calls it no change', () => {
    const absence = absenceBetween(sight(0, []), sight(1, [device('new', 'online', 3)]))
    expect(absence).toMatchObject({ renewed: 1, changed: [] })
  })

  it('counts the notices above those that were there', () => {
    expect(absenceBetween(sight(0, [], ['b', 'a']), sight(1, [], ['d', 'c', 'b', 'a'])).notices).toBe(2)
    expect(absenceBetween(sight(0, [], []), sight(1, [], ['a'])).notices).toBe(1)
    expect(absenceBetween(sight(0, [], ['a']), sight(1, [], ['a'])).notices).toBe(0)
  })
})
