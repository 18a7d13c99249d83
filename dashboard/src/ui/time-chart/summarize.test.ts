import { describe, expect, it } from '@jest/globals'
import { endsOf, summarize } from './summarize.js'
import { TimeSeries } from './time-series.js'

const VALUES = [5, 1, 4, 9, 2, 6]

/** A line that has slid: its first places are not those of its arrays. A point a second, from 10 s on. */
function slidLine(): TimeSeries {
  const series = new TimeSeries({ capacity: VALUES.length })
  for (let at = 0; at < 10; at += 1) series.add({ timeMs: at * 1_000, value: -1 })
  VALUES.forEach((value, at) => {
    series.add({ timeMs: (10 + at) * 1_000, value })
  })
  return series
}

describe('what a line says within a span', () => {
  it.each([
    ['all of it', 0, 99_000, VALUES],
    ['both edges belong to it', 11_000, 13_000, [1, 4, 9]],
    ['edges between points', 10_500, 13_999, [1, 4, 9]],
    ['a single point', 12_000, 12_000, [4]],
    ['from its middle on', 13_500, 99_000, [2, 6]],
  ])('%s', (_, fromMs, toMs, inside) => {
    expect(summarize(slidLine(), fromMs, toMs)).toMatchObject({
      points: inside.length,
      first: inside[0],
      last: inside.at(-1),
      min: Math.min(...inside),
      max: Math.max(...inside),
    })
  })

  it.each([
    ['before it', 0, 9_999],
    ['after it', 15_001, 99_000],
    ['between two points', 11_001, 11_999],
    ['a span that ends before it begins', 14_000, 11_000],
  ])('is nothing %s', (_, fromMs, toMs) => {
    expect(summarize(slidLine(), fromMs, toMs)).toBeUndefined()
    expect(endsOf(slidLine(), fromMs, toMs)).toBeUndefined()
  })

  it('knows when it begins and ends', () => {
    expect(endsOf(slidLine(), 10_500, 14_000)).toEqual({
      points: 4,
      first: 1,
      firstMs: 11_000,
      last: 2,
      lastMs: 14_000,
    })
  })
})
