import { describe, expect, it } from '@jest/globals'
import { TimeSeries } from './time-series.js'

function times(series: TimeSeries): number[] {
  return [...series.columns().times]
}
function values(series: TimeSeries): number[] {
  return [...series.columns().values]
}

describe('TimeSeries of single readings', () => {
  it('joins history and live by time, each moment once, and the first value wins', () => {
    const series = new TimeSeries({ capacity: 10 })
    series.load([
      { timeMs: 1_000, value: 1 },
      { timeMs: 2_000, value: 2 },
    ])
    expect(series.add({ timeMs: 2_000, value: 99 })).toBe(false)
    expect(series.add({ timeMs: 3_000, value: 3 })).toBe(true)
    expect(times(series)).toEqual([1_000, 2_000, 3_000])
    expect(values(series)).toEqual([1, 2, 3])
  })

  it('puts a late reading where it belongs', () => {
    const series = new TimeSeries({ capacity: 10 })
    for (const timeMs of [1, 2, 5, 3, 4, 0]) series.add({ timeMs, value: timeMs * 10 })
    expect(times(series)).toEqual([0, 1, 2, 3, 4, 5])
    expect(values(series)).toEqual([0, 10, 20, 30, 40, 50])
  })

  it('never holds more than its bound, and lets the oldest go', () => {
    const series = new TimeSeries({ capacity: 4 })
    for (let at = 0; at < 1_000; at += 1) {
      series.add({ timeMs: at, value: at })
      expect(series.length).toBeLessThanOrEqual(4)
    }
    expect(times(series)).toEqual([996, 997, 998, 999])
    expect(series.add({ timeMs: 5, value: 5 })).toBe(false)
    expect(series.add({ timeMs: 998.5, value: 1 })).toBe(true)
    expect(times(series)).toEqual([997, 998, 998.5, 999])
  })

  it('is the same as sorting, whatever the order of arrival', () => {
    const series = new TimeSeries({ capacity: 64 })
    const arrivals = Array.from({ length: 64 }, (_, at) => (at * 37) % 64)
    for (const timeMs of arrivals) series.add({ timeMs, value: -timeMs })
    expect(times(series)).toEqual([...arrivals].sort((a, b) => a - b))
    expect(values(series)).toEqual(times(series).map((timeMs) => -timeMs))
  })

  it('refuses what is no number', () => {
    const series = new TimeSeries({ capacity: 4 })
    expect(series.add({ timeMs: 1, value: Number.NaN })).toBe(false)
    expect(series.add({ timeMs: Number.POSITIVE_INFINITY, value: 1 })).toBe(false)
    expect(series.length).toBe(0)
  })

  it('tells its listeners of changes only', () => {
    const series = new TimeSeries({ capacity: 4 })
    let changes = 0
    const stop = series.subscribe(() => {
      changes += 1
    })
    series.add({ timeMs: 1, value: 1 })
    series.add({ timeMs: 1, value: 1 })
    expect(changes).toBe(1)
    stop()
    series.add({ timeMs: 2, value: 1 })
    expect(changes).toBe(1)
  })

  it('keeps the newest of a history longer than its bound', () => {
    const series = new TimeSeries({ capacity: 3 })
    series.load(Array.from({ length: 10 }, (_, at) => ({ timeMs: at, value: at })))
    expect(times(series)).toEqual([7, 8, 9])
  })
})

describe('TimeSeries of spans', () => {
  const history = [
    { timeMs: 0, value: 10, min: 8, max: 12, count: 4 },
    { timeMs: 60_000, value: 20, min: 19, max: 21, count: 2 },
  ]

  it('stands a span in its middle', () => {
    const series = new TimeSeries({ capacity: 10, bucketMs: 60_000 })
    series.load(history)
    expect(times(series)).toEqual([30_000, 90_000])
  })

  it('folds live readings into the span they fall in: mean, lowest and highest', () => {
    const series = new TimeSeries({ capacity: 10, bucketMs: 60_000 })
    series.load(history, 70_000)
    series.add({ timeMs: 80_000, value: 26 })
    const { values: mean, min, max } = series.columns()
    expect([mean[1], min[1], max[1]]).toEqual([22, 19, 26])
    expect(series.length).toBe(2)
  })

  it('does not count again what history counted already', () => {
    const series = new TimeSeries({ capacity: 10, bucketMs: 60_000 })
    series.load(history, 70_000)
    expect(series.add({ timeMs: 65_000, value: 20 })).toBe(false)
    expect(series.columns().values[1]).toBe(20)
  })

  it('begins a new span, also a late one', () => {
    const series = new TimeSeries({ capacity: 10, bucketMs: 60_000 })
    series.load(history, 70_000)
    series.add({ timeMs: 300_000, value: 5 })
    series.add({ timeMs: 185_000, value: 7 })
    expect(times(series)).toEqual([30_000, 90_000, 210_000, 330_000])
    expect([...series.columns().max].slice(2)).toEqual([7, 5])
  })
})
