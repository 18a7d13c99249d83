import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { bucketCount, bucketWidth } from './bucket-width.js'

const HOUR_MS = 3_600_000

describe('the width of buckets', () => {
  it('is a readable one for the ranges that people look at', () => {
    const fromMs = Date.parse('2026-01-01T00:00:00.000Z')
    expect(bucketWidth(fromMs, fromMs + HOUR_MS, 600)).toBe(10_000)
    expect(bucketWidth(fromMs, fromMs + 24 * HOUR_MS, 600)).toBe(5 * 60_000)
    expect(bucketWidth(fromMs, fromMs + 7 * 24 * HOUR_MS, 600)).toBe(30 * 60_000)
  })

  it('never gives more buckets than asked for', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 4_000_000_000_000 }),
        fc.integer({ min: 1, max: 4_000_000_000_000 }),
        fc.integer({ min: 2, max: 5_000 }),
        (fromMs, spanMs, maxPoints) => {
          const widthMs = bucketWidth(fromMs, fromMs + spanMs, maxPoints)
          const touched = bucketCount(fromMs, fromMs + spanMs, widthMs)
          expect(touched).toBeGreaterThanOrEqual(1)
          expect(touched).toBeLessThanOrEqual(maxPoints)
        },
      ),
    )
  })

  it('counts every bucket that the range touches, the last instant excluded', () => {
    expect(bucketCount(0, 10, 10)).toBe(1)
    expect(bucketCount(0, 11, 10)).toBe(2)
    expect(bucketCount(9, 11, 10)).toBe(2)
  })
})
