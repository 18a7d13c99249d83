import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { isoTime } from './iso-time.js'

describe('isoTime', () => {
  it('writes every time that a Date can hold as Date does', () => {
    fc.assert(
      fc.property(fc.integer({ min: -8.64e15, max: 8.64e15 }), (ms) => {
        expect(isoTime(ms)).toBe(new Date(ms).toISOString())
      }),
    )
  })

  it('tells days apart that lie a multiple of the remembered ones apart', () => {
    const ms = Date.UTC(2026, 0, 1, 12, 34, 56, 789)
    for (const days of [0, 16, 0, -16, 1, 32]) {
      const other = ms + days * 86_400_000
      expect(isoTime(other)).toBe(new Date(other).toISOString())
    }
  })
})
