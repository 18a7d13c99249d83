import type { Device } from '@iot/contracts'
import { describe, expect, it } from '@jest/globals'
import { entryFromDevice } from '../devices/device-entry.js'
import { summarizeFleet } from '../devices/fleet-summary.js'
import { cutRows, orderBySite } from './tile-rows.js'

function entryOf(deviceId: string, status: Device['status'], site?: string) {
  const device: Device = {
    deviceId,
    name: deviceId,
    status,
    tags: [],
    attributes: {},
    createdAt: '2026-01-01T00:00:00.000Z',
    sensors: [],
    ...(site !== undefined && { site }),
  }
  return entryFromDevice(device, undefined)
}

const entries = [
  entryOf('homeless', 'online'),
  entryOf('a2', 'online', 'Alpha'),
  entryOf('a10', 'online', 'Alpha'),
  entryOf('b1', 'online', 'Beta'),
  entryOf('b2', 'offline', 'Beta'),
]
const entities = Object.fromEntries(entries.map((entry) => [entry.deviceId, entry]))
const fleet = summarizeFleet(entities, Object.keys(entities), 0)

describe('the tiles of the overview', () => {
  it('stand by site and by name, what has no site last', () => {
    const order = orderBySite({ entities, fleet, site: '', sort: 'name' })
    expect(order).toEqual(['a2', 'a10', 'b1', 'b2', 'homeless'])
  })

  it('begin with the site of the worst device, and it first', () => {
    const order = orderBySite({ entities, fleet, site: '', sort: 'worst' })
    expect(order).toEqual(['b2', 'b1', 'a2', 'a10', 'homeless'])
  })

  it('show one site alone', () => {
    expect(orderBySite({ entities, fleet, site: 'Beta', sort: 'name' })).toEqual(['b1', 'b2'])
  })

  it('are cut into rows as wide as the screen, with a heading before each site', () => {
    const rows = cutRows(['a2', 'a10', 'b1', 'homeless'], (id) => entities[id]?.site, 1)
    expect(rows).toEqual([
      { kind: 'site', site: 'Alpha', count: 2 },
      { kind: 'tiles', deviceIds: ['a2'] },
      { kind: 'tiles', deviceIds: ['a10'] },
      { kind: 'site', site: 'Beta', count: 1 },
      { kind: 'tiles', deviceIds: ['b1'] },
      { kind: 'site', site: undefined, count: 1 },
      { kind: 'tiles', deviceIds: ['homeless'] },
    ])
  })
})
