import { describe, expect, it } from '@jest/globals'
import { UsualInterval } from './usual-interval.js'

const SECOND = 1_000
const MINUTE = 60_000
const HOUR = 3_600_000

/** Arrivals one after another; answers for how long it may then say nothing. */
function patienceAfter(interval: UsualInterval, gapsMs: readonly number[], fromMs = 0): number {
  let atMs = fromMs
  interval.heard(atMs)
  for (const gapMs of gapsMs) {
    atMs += gapMs
    interval.heard(atMs)
  }
  return interval.silentAtMs() - atMs
}

function times<Value>(count: number, value: Value): Value[] {
  return Array.from({ length: count }, () => value)
}

describe('the usual interval of a device', () => {
  it('is known after three arrivals, and five of it without a word are silence', () => {
    expect(patienceAfter(new UsualInterval(), [10 * MINUTE])).toBe(Number.POSITIVE_INFINITY)
    expect(patienceAfter(new UsualInterval(), [10 * MINUTE, 10 * MINUTE])).toBe(50 * MINUTE)
    expect(new UsualInterval().silentAtMs()).toBe(Number.POSITIVE_INFINITY)
  })

  it('gives everybody a minute and nobody more than a day', () => {
    expect(patienceAfter(new UsualInterval(), times(50, SECOND / 10))).toBe(MINUTE)
    expect(patienceAfter(new UsualInterval(), times(50, 2 * SECOND))).toBe(MINUTE)
    expect(patienceAfter(new UsualInterval(), times(5, 20 * HOUR))).toBe(24 * HOUR)
  })

  it('knows a device that speaks in bursts by its pauses', () => {
    const quick = times(20, [...times(30, 5), 10 * MINUTE]).flat()
    expect(patienceAfter(new UsualInterval(), quick)).toBeGreaterThan(49 * MINUTE)
    const slow = times(20, [...times(3, SECOND), 10 * MINUTE]).flat()
    expect(patienceAfter(new UsualInterval(), slow)).toBeGreaterThan(30 * MINUTE)
  })

  it('learns little of an outage, and in a few misjudgements that a device speaks more rarely now', () => {
    const usual = new UsualInterval()
    expect(patienceAfter(usual, [...times(50, 10 * SECOND), 5 * HOUR])).toBeLessThan(4 * MINUTE)
    expect(patienceAfter(usual, times(60, 10 * SECOND), 6 * HOUR)).toBe(MINUTE)
    const rarer = new UsualInterval()
    patienceAfter(rarer, times(50, 10 * SECOND))
    let atMs = HOUR
    let misjudged = 0
    for (let count = 0; count < 30; count++) {
      if (atMs > rarer.silentAtMs()) misjudged += 1
      rarer.heard(atMs)
      atMs += 10 * MINUTE
    }
    expect(misjudged).toBeLessThanOrEqual(5)
  })

  it('takes a person at their word: three of the interval that was set, ten seconds at least', () => {
    const interval = new UsualInterval()
    interval.heard(HOUR)
    expect(interval.silentAtMs(30 * MINUTE)).toBe(HOUR + 90 * MINUTE)
    expect(interval.silentAtMs(SECOND)).toBe(HOUR + 10 * SECOND)
    expect(new UsualInterval().silentAtMs(SECOND)).toBe(Number.POSITIVE_INFINITY)
  })

  it('does not hold against a device what nobody heard, and survives a snapshot', () => {
    const interval = new UsualInterval()
    patienceAfter(interval, [MINUTE, MINUTE])
    expect(interval.silentAtMs()).toBe(7 * MINUTE)
    interval.shift(3 * MINUTE, HOUR)
    expect(interval.silentAtMs()).toBe(HOUR + 7 * MINUTE)
    const kept = new UsualInterval(JSON.parse(JSON.stringify(interval.keep())))
    for (const one of [interval, kept]) {
      expect(one.silentAtMs()).toBe(HOUR + 7 * MINUTE)
      // A minute of pause, and not an hour and one.
      one.heard(HOUR + 3 * MINUTE)
      expect(one.silentAtMs()).toBe(HOUR + 8 * MINUTE)
    }
    expect(new UsualInterval().keep()).toBeUndefined()
  })
})
