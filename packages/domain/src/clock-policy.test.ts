import { describe, expect, it } from '@jest/globals'
import { createArrivalStamps } from './arrival-stamps.js'
import { createClockPolicy, stampReading } from './clock-policy.js'

const NOW = Date.UTC(2026, 0, 1)
const DAY = 86_400_000

function stamp(claimedMs: number | undefined, retentionDays = 400) {
  const policy = createClockPolicy({ retentionDays, arrivals: createArrivalStamps({ capacity: 10 }) })
  return stampReading(policy, { deviceId: 'd', sensorType: 't', claimedMs, receivedAtMs: NOW })
}

describe('the clock policy', () => {
  it('believes a clock up to five minutes ahead', () => {
    expect(stamp(NOW + 300_000)).toEqual({ timestampMs: NOW + 300_000, adjusted: false })
    expect(stamp(NOW + 300_001)).toEqual({ timestampMs: NOW, adjusted: true })
  })

  it('believes a clock up to a year behind, or as far as readings are kept', () => {
    expect(stamp(NOW - 365 * DAY).adjusted).toBe(false)
    expect(stamp(NOW - 365 * DAY - 1)).toEqual({ timestampMs: NOW, adjusted: true })
    expect(stamp(NOW - 7 * DAY, 7).adjusted).toBe(false)
    expect(stamp(NOW - 7 * DAY - 1, 7)).toEqual({ timestampMs: NOW, adjusted: true })
  })

  it('stamps a reading without a time by its arrival, and does not call that adjusted', () => {
    expect(stamp(undefined)).toEqual({ timestampMs: NOW, adjusted: false })
  })
})

describe('stamps of arrival', () => {
  it('strictly increase per sensor, also when the clock is set back', () => {
    const arrivals = createArrivalStamps({ capacity: 10 })
    expect(arrivals.next('d', 't', NOW)).toBe(NOW)
    expect(arrivals.next('d', 't', NOW)).toBe(NOW + 1)
    expect(arrivals.next('d', 't', NOW - 60_000)).toBe(NOW + 2)
    expect(arrivals.next('d', 'u', NOW)).toBe(NOW)
    expect(arrivals.next('e', 't', NOW)).toBe(NOW)
  })

  it('remember a bounded number of sensors, and still increase for the forgotten ones', () => {
    const arrivals = createArrivalStamps({ capacity: 2 })
    for (let n = 0; n < 5; n++) arrivals.next('d', 'a', NOW)
    arrivals.next('d', 'b', NOW)
    arrivals.next('d', 'c', NOW)
    expect(arrivals.size).toBe(2)
    expect(arrivals.next('d', 'a', NOW)).toBe(NOW + 5)
  })
})
