import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { Few } from './few.js'

const KEYS = Array.from({ length: 48 }, (_, n) => `key-${n}`)
const step = fc.record({ key: fc.constantFrom(...KEYS), value: fc.option(fc.nat(), { nil: undefined }) })

describe('a map of few entries', () => {
  it('is a map, also with many', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const few = new Few<number>()
        const map = new Map<string, number>()
        for (const { key, value } of steps) {
          for (const one of [few, map]) value === undefined ? one.delete(key) : one.set(key, value)
          expect([few.size, few.has(key), few.get(key)]).toEqual([map.size, map.has(key), map.get(key)])
        }
        expect([...few.values()]).toEqual([...map.values()])
        few.clear()
        expect([few.size, [...few.values()]]).toEqual([0, []])
      }),
      { numRuns: 50 },
    )
  })

  it('lets an entry be taken out while it is gone through', () => {
    const few = new Few<string>()
    for (const key of KEYS.slice(0, 3)) few.set(key, key)
    const seen: string[] = []
    for (const value of few.values()) {
      seen.push(value)
      few.delete(value)
    }
    expect([seen, few.size]).toEqual([KEYS.slice(0, 3), 0])
  })
})
