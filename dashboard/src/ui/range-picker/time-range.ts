import { type TimeWindow, windowSpanMs } from '../time-chart/time-window.js'

const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** The spans that are one click away. */
export const RANGE_CHOICES = ['15m', '1h', '24h', '7d'] as const
export type RangeChoice = (typeof RANGE_CHOICES)[number]
const DEFAULT_RANGE: RangeChoice = '1h'

/** Bounds of a span, ms: narrower shows nothing, wider is beyond what is kept. */
export const RANGE_MS = { min: 10_000, max: 400 * UNIT_MS.d } as const

/** A range as a URL has it: `range=24h`, or `from` and `to` as ISO 8601. */
export interface RangeText {
  readonly range?: string | undefined
  readonly from?: string | undefined
  readonly to?: string | undefined
}

/** ms of `90s`, `5m`, `24h`, `7d`; undefined where it is none of those or out of bounds. */
export function parseSpanMs(text: string | undefined): number | undefined {
  const [, count, unit] = /^([1-9][0-9]{0,6})([smhd])$/.exec(text ?? '') ?? []
  if (!count || !unit) return undefined
  const ms = Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS]
  return ms >= RANGE_MS.min && ms <= RANGE_MS.max ? ms : undefined
}

function formatSpan(ms: number): string {
  const choice = RANGE_CHOICES.find((text) => parseSpanMs(text) === ms)
  if (choice) return choice
  for (const unit of ['d', 'h', 'm'] as const) {
    if (ms % UNIT_MS[unit] === 0) return `${ms / UNIT_MS[unit]}${unit}`
  }
  return `${Math.round(ms / UNIT_MS.s)}s`
}

/** The window that a URL names; one that says nothing readable is the default, never an error. */
export function parseRange(text: RangeText): TimeWindow {
  const fromMs = Date.parse(text.from ?? '')
  const toMs = Date.parse(text.to ?? '')
  const span = toMs - fromMs
  if (Number.isFinite(span) && span >= RANGE_MS.min && span <= RANGE_MS.max)
    return { kind: 'fixed', fromMs, toMs }
  return { kind: 'last', ms: parseSpanMs(text.range) ?? parseSpanMs(DEFAULT_RANGE)! }
}

/** The URL's text of a window; the default leaves the URL bare. */
export function formatRange(window: TimeWindow): RangeText {
  if (window.kind === 'last') {
    const range = formatSpan(window.ms)
    return range === DEFAULT_RANGE ? {} : { range }
  }
  return { from: new Date(window.fromMs).toISOString(), to: new Date(window.toMs).toISOString() }
}

/** A window between two moments, in either order, widened to the least span. */
export function fixedWindow(oneMs: number, otherMs: number): TimeWindow {
  const fromMs = Math.round(Math.min(oneMs, otherMs))
  const toMs = Math.round(Math.max(oneMs, otherMs))
  const missing = Math.max(0, RANGE_MS.min - (toMs - fromMs))
  return {
    kind: 'fixed',
    fromMs: Math.max(fromMs - Math.floor(missing / 2), toMs - RANGE_MS.max),
    toMs: toMs + Math.ceil(missing / 2),
  }
}

/**
 * Half a span back (-1) or on (1). Who comes to now, or to a quarter span of it (the clock went on while one was
 * looking back), moves with the clock again.
 */
export function shiftWindow(window: TimeWindow, direction: -1 | 1, nowMs: number): TimeWindow {
  const span = windowSpanMs(window)
  const endMs = window.kind === 'last' ? nowMs : window.toMs
  if (window.kind === 'last' && direction === 1) return window
  const toMs = endMs + (direction * span) / 2
  if (direction === 1 && toMs >= nowMs - span / 4)
    return { kind: 'last', ms: Math.max(RANGE_MS.min, Math.round(span / 1_000) * 1_000) }
  return { kind: 'fixed', fromMs: Math.round(toMs - span), toMs: Math.round(toMs) }
}

/** What `<input type="datetime-local">` holds, in the viewer's zone or UTC. */
export function toInputText(timeMs: number, utc: boolean): string {
  const offsetMs = utc ? 0 : new Date(timeMs).getTimezoneOffset() * UNIT_MS.m
  return new Date(timeMs - offsetMs).toISOString().slice(0, 19)
}

/** ms of such an input; NaN where it is empty or unreadable. */
export function fromInputText(text: string, utc: boolean): number {
  return Date.parse(utc ? `${text}Z` : text)
}
