import { describe, expect, it } from '@jest/globals'
import { sparklineShape } from './sparkline-path.js'

const box = { width: 100, height: 20, inset: 0 }

describe('sparklineShape', () => {
  it('runs by time, not by count', () => {
    const { pieces } = sparklineShape({ ...box, values: [0, 5, 10], times: [0, 1_000, 4_000] })
    expect([...pieces[0]!]).toEqual([0, 20, 25, 10, 100, 0])
  })

  it('breaks where readings are missing', () => {
    const times = [0, 1, 2, 3, 4, 60, 61, 62].map((second) => second * 1_000)
    const { pieces } = sparklineShape({ ...box, values: [1, 2, 3, 4, 5, 6, 7, 8], times })
    expect(pieces.map((piece) => piece.length / 2)).toEqual([5, 3])
  })

  it('draws a flat line through the middle and nothing from nothing', () => {
    const { pieces, end } = sparklineShape({ ...box, values: [7, 7], times: [0, 1] })
    expect([...pieces[0]!]).toEqual([0, 10, 100, 10])
    expect(end).toEqual([100, 10])
    expect(sparklineShape({ ...box, values: [], times: [] })).toEqual({ pieces: [] })
  })
})
