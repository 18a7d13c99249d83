import { describe, expect, it } from '@jest/globals'
import { RecentTimestamps } from './recent-timestamps.js'

describe('the recent timestamps of a sensor', () => {
  it('know a repeat, in order or late', () => {
    const recent = new RecentTimestamps()
    expect([10, 20, 15, 20, 15, 10, 12].map((ms) => recent.add(ms))).toEqual([
      true,
      true,
      true,
      false,
      false,
      false,
      true,
    ])
  })

  it('hold the last few dozen arrivals, and take what is older for new', () => {
    const recent = new RecentTimestamps()
    for (let ms = 0; ms < 1_000; ms++) recent.add(ms)
    expect(recent.list()).toEqual(Array.from({ length: 32 }, (_, at) => 968 + at))
    expect(recent.add(968)).toBe(false)
    expect(recent.add(967)).toBe(true)
  })

  it('always know the newest, however many late ones came after it', () => {
    const recent = new RecentTimestamps()
    recent.add(1_000)
    for (let ms = 0; ms < 100; ms++) recent.add(ms)
    expect(recent.add(1_000)).toBe(false)
  })

  it('go on as they were from what they listed', () => {
    const recent = new RecentTimestamps()
    for (let ms = 0; ms < 50; ms++) recent.add(ms)
    const restored = new RecentTimestamps(recent.list())
    for (const one of [recent, restored])
      expect([10, 49, 50, 50].map((ms) => one.add(ms))).toEqual([true, false, true, false])
    expect(restored.list()).toEqual(recent.list())
    expect(new RecentTimestamps([1, 2], 9).add(9)).toBe(false)
    expect(new RecentTimestamps(recent.list(4)).list()).toEqual(recent.list().slice(-4))
  })
})
