import { describe, expect, it } from '@jest/globals'
import { glidePaceMs, readingPaceMs } from './draw-pace.js'

const PIXELS = 1_300
const pixelMs = (windowMs: number) => windowMs / PIXELS

describe('the pace of a live line', () => {
  it('glides by the pixel, and in a short window smoothly', () => {
    expect(glidePaceMs(pixelMs(3_600_000))).toBeCloseTo(2_769, 0)
    expect(glidePaceMs(pixelMs(300_000))).toBeCloseTo(231, 0)
    expect(glidePaceMs(pixelMs(10_000))).toBe(50)
  })

  it('takes a reading in when the line is a pixel longer', () => {
    expect(readingPaceMs(pixelMs(300_000))).toBe(glidePaceMs(pixelMs(300_000)))
    expect(readingPaceMs(pixelMs(10_000))).toBe(50)
  })

  it('never leaves the line behind the value beside it for more than a second', () => {
    expect(readingPaceMs(pixelMs(3_600_000))).toBe(1_000)
    expect(readingPaceMs(pixelMs(7 * 86_400_000))).toBe(1_000)
  })
})
