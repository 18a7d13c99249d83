const SECOND_MS = 1_000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

/** Widths that people think in; each divides a day, so that spans begin at round times. */
const WIDTHS_MS: readonly number[] = [
  ...[1, 2, 5, 10, 15, 30].map((seconds) => seconds * SECOND_MS),
  ...[1, 2, 5, 10, 15, 20, 30].map((minutes) => minutes * MINUTE_MS),
  ...[1, 2, 3, 6, 12].map((hours) => hours * HOUR_MS),
  DAY_MS,
]

/** The narrowest of them that makes at most `points` spans of a range. */
export function bucketWidthMs(spanMs: number, points: number): number {
  const least = spanMs / points
  return WIDTHS_MS.find((width) => width >= least) ?? Math.ceil(least / DAY_MS) * DAY_MS
}

/** As the API takes it: `10s`, `5m`, `1h`, `1d`. */
export function bucketText(widthMs: number): string {
  if (widthMs % DAY_MS === 0) return `${widthMs / DAY_MS}d`
  if (widthMs % HOUR_MS === 0) return `${widthMs / HOUR_MS}h`
  if (widthMs % MINUTE_MS === 0) return `${widthMs / MINUTE_MS}m`
  return `${Math.round(widthMs / SECOND_MS)}s`
}

/** Spans for a chart so many pixels wide: in steps, so that resizing a window asks for history once or not at all. */
export function pointsForWidth(width: number): number {
  if (width <= 480) return 320
  return width <= 960 ? 640 : 1_280
}
