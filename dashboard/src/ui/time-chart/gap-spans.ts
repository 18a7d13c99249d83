/** How many usual intervals without a point make a gap. */
const GAP_INTERVALS = 3

/**
 * The usual distance between neighbours, ms: the median of the last distances, so that the gaps themselves do not
 * stretch it. Undefined with fewer than three points.
 */
export function usualIntervalMs(times: Float64Array, sample = 256): number | undefined {
  if (times.length < 3) return undefined
  const first = Math.max(1, times.length - sample)
  const distances = new Float64Array(times.length - first)
  for (let at = first; at < times.length; at += 1) distances[at - first] = times[at]! - times[at - 1]!
  distances.sort()
  return distances[distances.length >>> 1]
}

/**
 * The longest distance over which a line is still drawn. Spans of history are at least their own width apart, and
 * a device that reports more rarely than that has a wider usual distance of its own.
 */
export function longestStepMs(times: Float64Array, bucketMs: number): number {
  const usual = usualIntervalMs(times)
  if (usual === undefined) return bucketMs > 0 ? bucketMs * GAP_INTERVALS : Number.POSITIVE_INFINITY
  return Math.max(usual, bucketMs) * GAP_INTERVALS
}

/** Pairs of neighbours, by index within [first, last], that are farther apart than `longestMs`. */
export function gapSpans(
  times: Float64Array,
  longestMs: number,
  first = 0,
  last = times.length - 1,
): [from: number, to: number][] {
  const spans: [number, number][] = []
  for (let at = Math.max(1, first + 1); at <= last; at += 1) {
    if (times[at]! - times[at - 1]! > longestMs) spans.push([at - 1, at])
  }
  return spans
}

/** Points that no line touches: alone between two gaps or edges. They are drawn as dots, or nobody would see them. */
export function lonePoints(
  times: Float64Array,
  longestMs: number,
  first = 0,
  last = times.length - 1,
): number[] {
  const lone: number[] = []
  for (let at = Math.max(0, first); at <= last; at += 1) {
    const apartBefore = at === 0 || times[at]! - times[at - 1]! > longestMs
    const apartAfter = at === times.length - 1 || times[at + 1]! - times[at]! > longestMs
    if (apartBefore && apartAfter) lone.push(at)
  }
  return lone
}
