import { isGap } from '../time-chart/gap-spans.js'

export interface SparklineShape {
  /** unbroken pieces of the line, as x, y, x, y … in CSS px */
  readonly pieces: readonly Float64Array[]
  /** the newest point */
  readonly end?: readonly [x: number, y: number]
}

export interface SparklineInput {
  readonly values: readonly number[]
  /** ms, ascending */
  readonly times: readonly number[]
  readonly width: number
  readonly height: number
  /** room for the line's own thickness and the dot at its end, CSS px */
  readonly inset?: number
}

/** Where a sparkline runs: by time, not by count, and with its gaps. A flat line runs through the middle. */
export function sparklineShape({
  values,
  times,
  width,
  height,
  inset = 2.5,
}: SparklineInput): SparklineShape {
  const count = Math.min(values.length, times.length)
  if (count === 0) return { pieces: [] }
  const moments = Float64Array.from(times.slice(0, count))
  const lowest = Math.min(...values.slice(0, count))
  const highest = Math.max(...values.slice(0, count))
  const firstMs = moments[0]!
  const spanMs = moments[count - 1]! - firstMs
  const x = (at: number) =>
    spanMs > 0 ? inset + ((moments[at]! - firstMs) / spanMs) * (width - inset * 2) : width - inset
  const y = (at: number) =>
    highest > lowest
      ? height - inset - ((values[at]! - lowest) / (highest - lowest)) * (height - inset * 2)
      : height / 2
  const pieces: number[][] = []
  for (let at = 0; at < count; at += 1) {
    if (at === 0 || isGap(moments, at, 0)) pieces.push([])
    pieces[pieces.length - 1]!.push(x(at), y(at))
  }
  return { pieces: pieces.map((piece) => Float64Array.from(piece)), end: [x(count - 1), y(count - 1)] }
}
