import { describe, expect, it } from '@jest/globals'
import { Pace } from './pace.js'

const PACE = { everyMs: 40, spared: 3 }

/** More than few, whatever the time since the last round. */
const MANY = 1_000

describe('the pace of rounds', () => {
  it('lets rounds that are far apart begin at once', () => {
    const pace = new Pace(PACE)
    for (let nowMs = 0; nowMs < 1_000; nowMs += 50) {
      expect(pace.waitMs(nowMs)).toBe(0)
      pace.note(nowMs, MANY)
    }
  })

  it('spares the first ones after a rest, and then spaces them out', () => {
    const pace = new Pace(PACE)
    const beganMs: number[] = []
    for (let nowMs = 0; nowMs < 200; nowMs += 5) {
      if (pace.waitMs(nowMs, nowMs) > 0) continue
      beganMs.push(nowMs)
      pace.note(nowMs, MANY)
    }
    expect(beganMs).toEqual([0, 5, 10, 40, 80, 120, 160])
  })

  it('keeps the beat of a clock that all have, also where a round began late', () => {
    const pace = new Pace({ ...PACE, offsetMs: 10 })
    for (const nowMs of [0, 1, 2, 3]) pace.note(nowMs, MANY)
    expect(pace.waitMs(3, 1_003)).toBe(7)
    pace.note(25, MANY)
    expect(pace.waitMs(26, 1_026)).toBe(24)
    pace.note(50, MANY)
    expect(pace.waitMs(50, 1_050)).toBe(40)
  })

  it('leaves out every other beat where few records come', () => {
    const pace = new Pace(PACE)
    const beganMs: number[] = []
    let lastMs = 0
    for (let nowMs = 0; nowMs < 1_000; nowMs += 5) {
      if (pace.waitMs(nowMs, nowMs) > 0) continue
      beganMs.push(nowMs)
      const perSecond = nowMs < 500 ? 200 : 300
      pace.note(nowMs, ((nowMs - lastMs) * perSecond) / 1_000)
      lastMs = nowMs
    }
    expect(beganMs.slice(3, 8)).toEqual([80, 160, 240, 320, 400])
    expect(beganMs.slice(-3)).toEqual([880, 920, 960])
  })

  it('does not wait twice for a beat whose timer was early', () => {
    const pace = new Pace(PACE)
    for (const nowMs of [0, 1, 2, 3, 39]) pace.note(nowMs, MANY)
    expect(pace.waitMs(39, 1_039)).toBe(41)
  })
})
