import { describe, expect, it } from '@jest/globals'
import {
  fixedWindow,
  formatRange,
  fromInputText,
  parseRange,
  parseSpanMs,
  RANGE_MS,
  shiftWindow,
  toInputText,
} from './time-range.js'

const HOUR = 3_600_000

describe('a range in the URL', () => {
  it('is a span that moves with the clock, or two moments', () => {
    expect(parseRange({ range: '24h' })).toEqual({ kind: 'last', ms: 24 * HOUR })
    expect(parseRange({ from: '2026-01-01T00:00:00Z', to: '2026-01-01T02:00:00Z' })).toEqual({
      kind: 'fixed',
      fromMs: Date.parse('2026-01-01T00:00:00Z'),
      toMs: Date.parse('2026-01-01T02:00:00Z'),
    })
  })

  it('falls back to the last hour where it cannot be read', () => {
    const lastHour = { kind: 'last', ms: HOUR }
    expect(parseRange({})).toEqual(lastHour)
    expect(parseRange({ range: 'yesterday' })).toEqual(lastHour)
    expect(parseRange({ range: '0h' })).toEqual(lastHour)
    expect(parseRange({ range: '9999999d' })).toEqual(lastHour)
    expect(parseRange({ from: '2026-01-02T00:00:00Z', to: '2026-01-01T00:00:00Z' })).toEqual(lastHour)
    expect(parseRange({ from: 'x', to: '2026-01-01T00:00:00Z' })).toEqual(lastHour)
  })

  it('comes back as it was written', () => {
    for (const text of [{ range: '7d' }, { range: '15m' }, { range: '90s' }, { range: '5h' }, {}]) {
      expect(formatRange(parseRange(text))).toEqual(text)
    }
    const fixed = { from: '2026-01-01T00:00:00.000Z', to: '2026-01-01T02:00:00.000Z' }
    expect(formatRange(parseRange(fixed))).toEqual(fixed)
  })

  it('knows seconds, minutes, hours and days', () => {
    expect(['90s', '15m', '24h', '7d', '5w', '', '-1h'].map(parseSpanMs)).toEqual([
      90_000,
      900_000,
      24 * HOUR,
      168 * HOUR,
      undefined,
      undefined,
      undefined,
    ])
  })
})

describe('moving a range', () => {
  const nowMs = Date.parse('2026-01-01T12:00:00Z')

  it('goes back by half of itself and stands still there', () => {
    expect(shiftWindow({ kind: 'last', ms: HOUR }, -1, nowMs)).toEqual({
      kind: 'fixed',
      fromMs: nowMs - 1.5 * HOUR,
      toMs: nowMs - 0.5 * HOUR,
    })
  })

  it('comes back to now as a range that moves', () => {
    const back = shiftWindow({ kind: 'last', ms: HOUR }, -1, nowMs)
    expect(shiftWindow(back, 1, nowMs)).toEqual({ kind: 'last', ms: HOUR })
  })

  it('comes back to now although the clock has gone on meanwhile', () => {
    const back = shiftWindow({ kind: 'last', ms: HOUR }, -1, nowMs)
    expect(shiftWindow(back, 1, nowMs + 60_000)).toEqual({ kind: 'last', ms: HOUR })
  })

  it('does not go beyond now', () => {
    expect(shiftWindow({ kind: 'last', ms: HOUR }, 1, nowMs)).toEqual({ kind: 'last', ms: HOUR })
  })
})

describe('a range between two moments', () => {
  it('is the same in either order', () => {
    expect(fixedWindow(2 * HOUR, HOUR)).toEqual({ kind: 'fixed', fromMs: HOUR, toMs: 2 * HOUR })
  })

  it('is never narrower than what can be shown', () => {
    const window = fixedWindow(HOUR, HOUR + 10)
    expect(window).toMatchObject({ kind: 'fixed' })
    if (window.kind === 'fixed') expect(window.toMs - window.fromMs).toBe(RANGE_MS.min)
  })

  it('goes through the fields of a form unchanged, in UTC and in the viewer’s zone', () => {
    const timeMs = Date.parse('2026-03-29T00:30:15Z')
    for (const utc of [true, false]) expect(fromInputText(toInputText(timeMs, utc), utc)).toBe(timeMs)
    expect(toInputText(timeMs, true)).toBe('2026-03-29T00:30:15')
    expect(fromInputText('', false)).toBeNaN()
  })
})
