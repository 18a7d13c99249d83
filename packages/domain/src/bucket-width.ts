const DAY_MS = 86_400_000

/** Widths that people read easily on an axis; each starts at multiples of itself in UTC. */
const WIDTHS_MS = [
  1,
  2,
  5,
  10,
  20,
  50,
  100,
  200,
  500,
  ...[1, 2, 5, 10, 15, 30].map((seconds) => seconds * 1_000),
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * 60_000),
  ...[1, 2, 3, 6, 12].map((hours) => hours * 3_600_000),
] as const

/** How many buckets of a width a range touches, from `fromMs` (inclusive) to `toMs` (exclusive). */
export function bucketCount(fromMs: number, toMs: number, widthMs: number): number {
  return Math.floor((toMs - 1) / widthMs) - Math.floor(fromMs / widthMs) + 1
}

/**
 * The narrowest readable width with which a range touches at most `maxPoints` buckets (at least 2: a range
 * that lies across a boundary touches two, however wide they are).
 */
export function bucketWidth(fromMs: number, toMs: number, maxPoints: number): number {
  for (const widthMs of WIDTHS_MS) {
    if (bucketCount(fromMs, toMs, widthMs) <= maxPoints) return widthMs
  }
  let days = 1
  while (bucketCount(fromMs, toMs, days * DAY_MS) > maxPoints) days *= 2
  return days * DAY_MS
}
