import { describe, expect, it } from '@jest/globals'
import { type DeviceEntry, sortKeyOf } from './device-entry.js'
import { answerDevices, readDevicesQuestion } from './devices-view.js'
import { summarizeFleet } from './fleet-summary.js'

const NOW_MS = Date.parse('2026-01-01T12:00:00.000Z')

interface EntryFacts extends Partial<DeviceEntry> {
  ageMs?: number
  severity?: 'normal' | 'warning' | 'critical'
}

function entry(deviceId: string, { ageMs, severity = 'normal', ...change }: EntryFacts = {}): DeviceEntry {
  const latestAtMs = NOW_MS - (ageMs ?? 0)
  const latest = {
    deviceId,
    sensorType: 'temperature',
    value: 20,
    timestamp: new Date(latestAtMs).toISOString(),
    status: severity,
  }
  return {
    deviceId,
    name: deviceId,
    status: 'online',
    tags: [],
    sensors:
      ageMs === undefined
        ? {}
        : { temperature: { sensorType: 'temperature', latest, latestAtMs, intervalMs: 10_000 } },
    haystack: deviceId.toLowerCase(),
    sortKey: sortKeyOf(deviceId),
    described: true,
    ...change,
  }
}

function fleetOf(...entries: DeviceEntry[]) {
  const entities = Object.fromEntries(entries.map((each) => [each.deviceId, each]))
  const ids = entries.map((each) => each.deviceId)
  return { entities, ids, fleet: summarizeFleet(entities, ids, NOW_MS) }
}

describe('the fleet in one sentence', () => {
  it('needs a person for critical, offline, warning and stale devices, worst first', () => {
    const { fleet } = fleetOf(
      entry('fine', { ageMs: 1_000 }),
      entry('silent', { ageMs: 60_000 }),
      entry('hot', { ageMs: 1_000, severity: 'critical' }),
      entry('warm', { ageMs: 1_000, severity: 'warning' }),
      entry('gone', { ageMs: 90_000, status: 'offline' }),
    )
    expect(fleet.attention.map(({ deviceId, health }) => [deviceId, health.kind])).toEqual([
      ['hot', 'critical'],
      ['gone', 'offline'],
      ['warm', 'warning'],
      ['silent', 'stale'],
    ])
    expect(fleet).toMatchObject({ total: 5, online: 4, critical: 1, warning: 1 })
  })

  it('leaves maintenance and devices that never spoke in peace', () => {
    const { fleet } = fleetOf(
      entry('serviced', { ageMs: 900_000, status: 'maintenance' }),
      entry('new', { status: 'unknown' }),
    )
    expect(fleet.attention).toEqual([])
    expect([...fleet.healths.values()].map(({ kind, freshness }) => [kind, freshness])).toEqual([
      ['maintenance', 'maintenance'],
      ['unknown', 'never'],
    ])
  })

  it('does not call a device critical that is gone: an old alarm of a dead device is its being dead', () => {
    const { fleet } = fleetOf(entry('gone', { ageMs: 1_000, status: 'offline', severity: 'critical' }))
    expect(fleet.attention[0]?.health.kind).toBe('offline')
  })
})

describe('the key that names are ordered by', () => {
  it('counts numbers as numbers and disregards case and accents', () => {
    const names = ['Đông 2', 'dong 10', 'DÔNG 1', 'Zone', 'bơm 3']
    expect(names.sort((one, other) => (sortKeyOf(one) < sortKeyOf(other) ? -1 : 1))).toEqual([
      'bơm 3',
      'DÔNG 1',
      'Đông 2',
      'dong 10',
      'Zone',
    ])
  })
})

describe('the list of devices', () => {
  const { entities, ids, fleet } = fleetOf(
    entry('pump-10', { ageMs: 0, site: 'Hanoi', tags: ['old'], haystack: 'pump-10\nhanoi\nold' }),
    entry('pump-9', { ageMs: 60_000, site: 'Hue', haystack: 'pump-9\nhue' }),
    entry('tank-1', { ageMs: 0, haystack: 'tank-1' }),
  )
  const ask = (search: string) =>
    answerDevices(readDevicesQuestion(new URLSearchParams(search)), entities, ids, fleet.healths)

  it('orders numbers in names as people do', () => {
    expect(ask('')).toEqual(['pump-9', 'pump-10', 'tank-1'])
    expect(ask('sort=-name')).toEqual(['tank-1', 'pump-10', 'pump-9'])
  })

  it('finds every word of the search, wherever each stands', () => {
    expect(ask('q=HANOI pump')).toEqual(['pump-10'])
    expect(ask('q=pump tank')).toEqual([])
  })

  it('filters by status, site and tag together', () => {
    expect(ask('status=stale')).toEqual(['pump-9'])
    expect(ask('site=Hanoi&tag=old')).toEqual(['pump-10'])
    expect(ask('site=Hanoi&status=stale')).toEqual([])
  })

  it('puts the worst first, and what has no site last', () => {
    expect(ask('sort=status')[0]).toBe('pump-9')
    expect(ask('sort=site')).toEqual(['pump-10', 'pump-9', 'tank-1'])
  })
})
