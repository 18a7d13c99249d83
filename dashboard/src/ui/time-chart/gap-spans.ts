/** How many usual intervals without a point make a gap. */
const GAP_INTERVALS = 3
/** Neighbouring distances that tell what is usual, on each side. */
const NEIGHBOURS = 8

export interface GapOptions {
  /** width of the spans that the points stand for; 0: single readings */
  readonly bucketMs: number
  readonly first?: number
  readonly last?: number
}

/** The median of up to eight distances from `at` on, in one direction; undefined where there are fewer than two. */
function usualBeside(times: Float64Array, at: number, direction: -1 | 1): number | undefined {
  const distances: number[] = []
  for (let step = 0; step < NEIGHBOURS; step += 1) {
    const here = times[at + step * direction]
    const next = times[at + (step + 1) * direction]
    if (here === undefined || next === undefined) break
    distances.push(Math.abs(next - here))
  }
  if (distances.length < 2) return undefined
  distances.sort((a, b) => a - b)
  return distances[distances.length >>> 1]
}

/**
 * Whether readings are missing between a point and the one before it. What is usual is taken from the
 * surroundings, the slower side of the two: a device that changes its rate has no gap there, and the gaps
 * themselves do not stretch what is usual. Too few points to tell: no gap.
 */
export function isGap(times: Float64Array, at: number, bucketMs: number): boolean {
  const distance = times[at]! - times[at - 1]!
  // Nearly always decided here, by its two neighbours alone.
  const before = at > 1 ? times[at - 1]! - times[at - 2]! : Number.POSITIVE_INFINITY
  const after = at + 1 < times.length ? times[at + 1]! - times[at]! : Number.POSITIVE_INFINITY
  if (distance <= bucketMs * GAP_INTERVALS) return false
  if (distance <= Math.min(before, after) && before + after !== Number.POSITIVE_INFINITY) return false
  const usual = Math.max(usualBeside(times, at - 1, -1) ?? 0, usualBeside(times, at, 1) ?? 0)
  return usual > 0 && distance > Math.max(usual, bucketMs) * GAP_INTERVALS
}

/** Pairs of neighbours, by index within [first, last], between which no line is drawn. */
export function gapSpans(times: Float64Array, options: GapOptions): [from: number, to: number][] {
  const { bucketMs, first = 0, last = times.length - 1 } = options
  const spans: [number, number][] = []
  for (let at = Math.max(1, first + 1); at <= last; at += 1) {
    if (isGap(times, at, bucketMs)) spans.push([at - 1, at])
  }
  return spans
}

/** Points that no line touches: alone between two gaps or edges. They are drawn as dots, or nobody would see them. */
export function lonePoints(times: Float64Array, options: GapOptions): number[] {
  const { bucketMs, first = 0, last = times.length - 1 } = options
  const lone: number[] = []
  for (let at = Math.max(0, first); at <= last; at += 1) {
    const apartBefore = at === 0 || isGap(times, at, bucketMs)
    if (apartBefore && (at === times.length - 1 || isGap(times, at + 1, bucketMs))) lone.push(at)
  }
  return lone
}
