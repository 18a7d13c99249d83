import { describe, expect, it } from '@jest/globals'
import { Pace } from './pace.js'

const PACE = { everyMs: 40, spared: 3 }

describe('the pace of rounds', () => {
  it('lets rounds that are far apart begin at once', () => {
    const pace = new Pace(PACE)
    for (let nowMs = 0; nowMs < 1_000; nowMs += 50) {
      expect(pace.waitMs(nowMs)).toBe(0)
      pace.note(nowMs)
    }
  })

  it('spares the first ones after a rest, and then spaces them out', () => {
    const pace = new Pace(PACE)
    const beganMs: number[] = []
    for (let nowMs = 0; nowMs < 200; nowMs += 5) {
      if (pace.waitMs(nowMs) > 0) continue
      beganMs.push(nowMs)
      pace.note(nowMs)
    }
    expect(beganMs).toEqual([0, 5, 10, 40, 80, 120, 160])
  })
})
