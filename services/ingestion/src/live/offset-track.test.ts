import { describe, expect, it } from '@jest/globals'
import { hiddenKey, OffsetTrack } from './offset-track.js'

const SPAN_MS = 60_000

describe('the track of a partition', () => {
  it('knows from which offset the last span can be shown again', () => {
    const track = new OffsetTrack(SPAN_MS)
    for (let offset = 0; offset < 300; offset++) track.enter(offset, offset * 1_000)
    const since = track.since(299_000)
    // Marks are 5 s apart, so a little more than the span.
    expect(since).toBeLessThanOrEqual(239)
    expect(since).toBeGreaterThan(233)
    expect(track.since(299_000 + SPAN_MS)).toBeGreaterThan(293)
    expect(track.next).toBe(300)
  })

  it('remembers what was not shown for as long, and no longer', () => {
    const track = new OffsetTrack(SPAN_MS)
    for (let offset = 0; offset < 300; offset++) {
      track.enter(offset, offset * 1_000)
      if (offset % 10 === 0) track.hide(offset, 2)
    }
    const hidden = track.hidden()
    expect(hidden.has(hiddenKey(290, 2))).toBe(true)
    expect(hidden.has(hiddenKey(240, 2))).toBe(true)
    expect(hidden.has(hiddenKey(100, 2))).toBe(false)
  })

  it('gives up the past, not the memory, in a flood of repeats', () => {
    const track = new OffsetTrack(SPAN_MS)
    for (let offset = 0; offset < 50_000; offset++) {
      track.enter(offset, offset)
      track.hide(offset, 0)
    }
    expect(track.hidden().size).toBeLessThanOrEqual(20_001)
    const since = track.since(50_000)
    expect(since).toBeGreaterThan(0)
    const hidden = track.hidden()
    const untold = Array.from({ length: 50_000 - since }, (_, at) => hiddenKey(since + at, 0))
    expect(untold.filter((key) => !hidden.has(key))).toEqual([])
  })

  it('goes on as it was from what it kept', () => {
    const track = new OffsetTrack(SPAN_MS)
    for (let offset = 0; offset < 100; offset++) {
      track.enter(offset, offset * 1_000)
      if (offset % 7 === 0) track.hide(offset, 0)
    }
    const again = new OffsetTrack(SPAN_MS, JSON.parse(JSON.stringify(track.keep())))
    for (const one of [track, again]) one.enter(100, 100_000)
    expect(again.keep()).toEqual(track.keep())
    expect(again.since(100_000)).toBe(track.since(100_000))
  })
})
