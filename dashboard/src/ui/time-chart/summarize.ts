import type { TimeSeries } from './time-series.js'

export interface SeriesSummary {
  readonly points: number
  readonly min: number
  readonly max: number
  readonly first: number
  readonly firstMs: number
  readonly last: number
  readonly lastMs: number
}

/** What a line says in words, within [fromMs, toMs]. Undefined: nothing there. */
export function summarize(series: TimeSeries, fromMs: number, toMs: number): SeriesSummary | undefined {
  const { times, values, min, max } = series.columns()
  let lowest = Number.POSITIVE_INFINITY
  let highest = Number.NEGATIVE_INFINITY
  let firstAt = -1
  let lastAt = -1
  for (let at = 0; at < times.length; at += 1) {
    if (times[at]! < fromMs || times[at]! > toMs) continue
    if (firstAt < 0) firstAt = at
    lastAt = at
    if (min[at]! < lowest) lowest = min[at]!
    if (max[at]! > highest) highest = max[at]!
  }
  if (firstAt < 0) return undefined
  return {
    points: lastAt - firstAt + 1,
    min: lowest,
    max: highest,
    first: values[firstAt]!,
    firstMs: times[firstAt]!,
    last: values[lastAt]!,
    lastMs: times[lastAt]!,
  }
}
