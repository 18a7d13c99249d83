import { describe, expect, it } from '@jest/globals'
import { type Timed, Timers } from './timers.js'

class Alarm implements Timed {
  queuedMs = Number.POSITIVE_INFINITY
  atMs = Number.POSITIVE_INFINITY
  readonly fired: number[] = []

  dueMs(): number {
    return this.atMs
  }

  fire(nowMs: number): void {
    this.fired.push(nowMs)
    this.atMs = Number.POSITIVE_INFINITY
  }
}

describe('timers', () => {
  it('fire all that is due, however often its time has moved, and nothing else', () => {
    const timers = new Timers()
    const alarms = Array.from({ length: 200 }, () => new Alarm())
    let seed = 7
    const random = (below: number) => {
      seed = (seed * 1_103_515_245 + 12_345) & 0x7fffffff
      return seed % below
    }
    for (let nowMs = 0; nowMs < 3_000; nowMs++) {
      for (let moved = 0; moved < 10; moved++) {
        const alarm = alarms[random(alarms.length)]!
        alarm.atMs = random(5) === 0 ? Number.POSITIVE_INFINITY : nowMs + 1 + random(300)
        timers.watch(alarm)
      }
      const due = alarms.filter(({ atMs }) => atMs <= nowMs)
      const before = due.map(({ fired }) => fired.length)
      expect(timers.isDue(nowMs)).toBe(due.length > 0)
      expect(timers.fire(nowMs, 1_000)).toBe(false)
      expect(due.map(({ fired }) => fired.length)).toEqual(before.map((count) => count + 1))
      expect(alarms.some(({ atMs }) => atMs <= nowMs)).toBe(false)
    }
    // One place each, and not too many that have come nearer since.
    expect(timers.size).toBeLessThan(2_500)
  })

  it('fire no more at once than they are told', () => {
    const timers = new Timers()
    const alarms = Array.from({ length: 5 }, () => new Alarm())
    for (const alarm of alarms) {
      alarm.atMs = 1
      timers.watch(alarm)
    }
    expect(timers.fire(1, 3)).toBe(true)
    expect(alarms.filter(({ fired }) => fired.length > 0)).toHaveLength(3)
    expect(timers.fire(1, 3)).toBe(false)
    expect(alarms.every(({ fired }) => fired.length === 1)).toBe(true)
  })
})
