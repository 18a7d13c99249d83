import { describe, expect, it } from '@jest/globals'
import { gapSpans, lonePoints } from './gap-spans.js'

const raw = { bucketMs: 0 }
function every(seconds: number, count: number, fromSeconds = 0): number[] {
  return Array.from({ length: count }, (_, at) => (fromSeconds + at * seconds) * 1_000)
}

describe('gaps of a line', () => {
  it('are where neighbours are more than three usual intervals apart', () => {
    expect(gapSpans(Float64Array.from([...every(1, 10), ...every(1, 10, 12.1)]), raw)).toEqual([[9, 10]])
    expect(gapSpans(Float64Array.from([...every(1, 10), ...every(1, 10, 12)]), raw)).toEqual([])
  })

  it('are not made by a single missed reading or by jitter', () => {
    expect(gapSpans(Float64Array.from([0, 1_010, 1_990, 4_000, 5_020, 6_000, 7_000]), raw)).toEqual([])
  })

  it('are not made by a device that changes its rate', () => {
    const times = [...every(300, 12), ...every(1, 200, 3_600)]
    expect(gapSpans(Float64Array.from(times), raw)).toEqual([])
  })

  it('are found each, however many there are and however long', () => {
    const times = [...every(1, 20), ...every(1, 20, 3_600), ...every(1, 20, 7_200)]
    expect(gapSpans(Float64Array.from(times), raw)).toEqual([
      [19, 20],
      [39, 40],
    ])
  })

  it('leave a device that reports rarely in one piece when history is in narrow spans', () => {
    expect(gapSpans(Float64Array.from(every(600, 12)), { bucketMs: 60_000 })).toEqual([])
  })

  it('are looked for only in what is shown', () => {
    const times = Float64Array.from([...every(1, 5), ...every(1, 5, 100), ...every(1, 5, 200)])
    expect(gapSpans(times, { bucketMs: 0, first: 5, last: 9 })).toEqual([])
  })

  it('leave points alone that have to be drawn as dots', () => {
    const times = [...every(1, 10), 100_000, ...every(1, 10, 200)]
    expect(lonePoints(Float64Array.from(times), raw)).toEqual([10])
    expect(lonePoints(Float64Array.from([5]), raw)).toEqual([0])
  })

  it('cannot be told from two points', () => {
    expect(gapSpans(Float64Array.from([0, 5_000_000]), raw)).toEqual([])
  })
})
