import { describe, expect, it } from '@jest/globals'
import { parseDuration } from './parse-duration.js'

describe('a duration', () => {
  it.each([
    ['90s', 90_000],
    ['5m', 300_000],
    ['2h', 7_200_000],
    ['1d', 86_400_000],
  ])('%s is read', (text, ms) => {
    expect(parseDuration(text)).toBe(ms)
  })

  it.each(['', '0s', '5', '5 m', '1w', '-1m', '1.5h', '12345678s'])('“%s” is none', (text) => {
    expect(parseDuration(text)).toBeUndefined()
  })
})
