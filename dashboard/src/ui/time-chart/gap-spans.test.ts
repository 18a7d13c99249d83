import { describe, expect, it } from '@jest/globals'
import { gapSpans, lonePoints, longestStepMs, usualIntervalMs } from './gap-spans.js'

const second = (count: number, fromMs = 0) => Array.from({ length: count }, (_, at) => fromMs + at * 1_000)

describe('gaps of a line', () => {
  it('are where neighbours are more than three usual intervals apart', () => {
    const times = Float64Array.from([...second(10), ...second(10, 13_001)])
    expect(longestStepMs(times, 0)).toBe(3_000)
    expect(gapSpans(times, 3_000)).toEqual([[9, 10]])
  })

  it('are not made by a single missed reading or by jitter', () => {
    const times = Float64Array.from([0, 1_010, 1_990, 4_000, 5_020, 6_000, 7_000])
    expect(gapSpans(times, longestStepMs(times, 0))).toEqual([])
  })

  it('do not stretch what is usual', () => {
    const times = Float64Array.from([...second(20), ...second(20, 3_600_000)])
    expect(usualIntervalMs(times)).toBe(1_000)
  })

  it('leave a device that reports rarely in one piece when history is in narrow spans', () => {
    const times = Float64Array.from(second(12).map((timeMs) => timeMs * 600))
    expect(gapSpans(times, longestStepMs(times, 60_000))).toEqual([])
  })

  it('are looked for only in what is shown', () => {
    const times = Float64Array.from([0, 100_000, 101_000, 102_000, 300_000])
    expect(gapSpans(times, 3_000, 1, 3)).toEqual([])
  })

  it('leave points alone that have to be drawn as dots', () => {
    const times = Float64Array.from([0, 100_000, 101_000, 300_000])
    expect(lonePoints(times, 3_000)).toEqual([0, 3])
    expect(lonePoints(Float64Array.from([5]), 3_000)).toEqual([0])
  })

  it('cannot be told with fewer than three points', () => {
    expect(longestStepMs(Float64Array.from([0, 5_000]), 0)).toBe(Number.POSITIVE_INFINITY)
  })
})
