import { describe, expect, it } from '@jest/globals'
import { fractionDigits, valueBounds } from './chart-bounds.js'

describe('valueBounds', () => {
  it('leaves room above and below', () => {
    expect(valueBounds(0, 100)).toEqual([-8, 108])
  })

  it('puts a flat line in the middle, also at zero', () => {
    expect(valueBounds(0, 0)).toEqual([-0.5, 0.5])
    const [low, high] = valueBounds(1_000, 1_000)
    expect((low + high) / 2).toBe(1_000)
  })

  it('has an axis even where there is nothing', () => {
    expect(valueBounds(null, null)).toEqual([0, 1])
  })
})

describe('fractionDigits', () => {
  it('tells ticks apart and says no more', () => {
    expect([10, 1, 0.5, 0.25, 0.1, 0.002].map(fractionDigits)).toEqual([0, 0, 1, 2, 1, 3])
  })
})
