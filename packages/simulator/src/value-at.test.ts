import { describe, expect, it } from '@jest/globals'
import { createDevices } from './create-devices.js'
import type { SensorModel } from './device-model.js'
import { valueAt } from './value-at.js'

const HOUR_MS = 3_600_000
const MONDAY_MS = Date.parse('2026-01-05T00:00:00.000Z')
const still: SensorModel = { sensorType: 't', base: 20, noise: 0, decimals: 3 }
const at = (sensor: Partial<SensorModel>, ms: number, seed = 1) =>
  valueAt(seed, 'd', { ...still, ...sensor }, ms)

describe('what a simulated sensor measures', () => {
  it('is the same for the same seed and time, and another for another seed', () => {
    const noisy = { noise: 5 }
    const values = Array.from({ length: 100 }, (_, n) => at(noisy, MONDAY_MS + n * 1_000))
    expect(Array.from({ length: 100 }, (_, n) => at(noisy, MONDAY_MS + n * 1_000))).toEqual(values)
    expect(Array.from({ length: 100 }, (_, n) => at(noisy, MONDAY_MS + n * 1_000, 2))).not.toEqual(values)
    expect(new Set(values).size).toBeGreaterThan(50)
  })

  it('has a daily rhythm', () => {
    const rhythm = { swing: 5, peakHour: 8 }
    expect(at(rhythm, MONDAY_MS + 8 * HOUR_MS)).toBe(25)
    expect(at(rhythm, MONDAY_MS + 20 * HOUR_MS)).toBe(15)
    expect(at({ work: 7 }, MONDAY_MS + 12 * HOUR_MS) - at({ work: 7 }, MONDAY_MS + 2 * HOUR_MS)).toBe(7)
  })

  it('stays within its noise and its bounds', () => {
    const moments = Array.from({ length: 2_000 }, (_, n) => MONDAY_MS + n * 61_003)
    const free = moments.map((ms) => at({ noise: 2 }, ms))
    expect(Math.min(...free)).toBeGreaterThanOrEqual(18)
    expect(Math.max(...free)).toBeLessThanOrEqual(22)
    const bounded = moments.map((ms) => at({ noise: 50, min: 10, max: 30 }, ms))
    expect([Math.min(...bounded), Math.max(...bounded)]).toEqual([10, 30])
  })

  it('goes wrong day by day where it drifts', () => {
    const week = Math.ceil(MONDAY_MS / (168 * HOUR_MS)) * 168 * HOUR_MS
    expect(at({ driftPerDay: 0.5 }, week)).toBe(20)
    expect(at({ driftPerDay: 0.5 }, week + 48 * HOUR_MS)).toBe(21)
  })

  it('only rises where it is a meter, and is 0 or 1 where it is a switch', () => {
    const minutes = Array.from({ length: 2_000 }, (_, n) => n)
    const meter = minutes.map((n) => at({ base: 100, perHour: 48 }, MONDAY_MS + n * 60_000))
    expect(meter).toEqual([...new Set(meter)].sort((one, other) => one - other))
    const beside = valueAt(1, 'e', { ...still, base: 100, perHour: 48 }, MONDAY_MS)
    expect(Math.abs(beside - meter[0]!)).toBeGreaterThan(1)
    const switched = minutes.map((n) => at({ on: 0.25, decimals: 0 }, MONDAY_MS + n * 240_000))
    expect(new Set(switched)).toEqual(new Set([0, 1]))
    const on = switched.filter((value) => value === 1).length
    expect(on / 2_000).toBeGreaterThan(0.15)
    expect(on / 2_000).toBeLessThan(0.35)
  })
})

describe('a fleet of devices', () => {
  it('is made of devices with ids and names of their own, some of them odd', () => {
    const devices = createDevices({ count: 50, seed: 1 })
    expect(new Set(devices.map(({ deviceId }) => deviceId)).size).toBe(50)
    expect(new Set(devices.map(({ name }) => name)).size).toBe(50)
    expect(devices.some(({ isFlaky }) => isFlaky)).toBe(true)
    expect(devices.some(({ sensors }) => sensors.some(({ driftPerDay }) => driftPerDay))).toBe(true)
    expect(new Set(devices.map(({ form }) => form))).toEqual(new Set(['flat', 'single', 'several']))
  })

  it('begins with the smaller one', () => {
    expect(createDevices({ count: 50, seed: 1 }).slice(0, 10)).toEqual(createDevices({ count: 10, seed: 1 }))
  })
})
