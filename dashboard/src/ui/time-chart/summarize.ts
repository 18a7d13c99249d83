import type { TimeSeries } from './time-series.js'

/** Where a line begins and ends, within [fromMs, toMs]. */
export interface SeriesEnds {
  readonly points: number
  readonly first: number
  readonly firstMs: number
  readonly last: number
  readonly lastMs: number
}

export interface SeriesSummary extends SeriesEnds {
  readonly min: number
  readonly max: number
}

/** Undefined: nothing there. Looks at a few points only, however long the line is. */
export function endsOf(series: TimeSeries, fromMs: number, toMs: number): SeriesEnds | undefined {
  const [from, to] = series.within(fromMs, toMs)
  if (from === to) return undefined
  const { times, values } = series.columns()
  return {
    points: to - from,
    first: values[from]!,
    firstMs: times[from]!,
    last: values[to - 1]!,
    lastMs: times[to - 1]!,
  }
}

/** What a line says in words, within [fromMs, toMs]. Undefined: nothing there. Looks at all points of that span. */
export function summarize(series: TimeSeries, fromMs: number, toMs: number): SeriesSummary | undefined {
  const ends = endsOf(series, fromMs, toMs)
  if (ends === undefined) return undefined
  const [from, to] = series.within(fromMs, toMs)
  const { min, max } = series.columns()
  let lowest = Number.POSITIVE_INFINITY
  let highest = Number.NEGATIVE_INFINITY
  for (let at = from; at < to; at += 1) {
    if (min[at]! < lowest) lowest = min[at]!
    if (max[at]! > highest) highest = max[at]!
  }
  return { ...ends, min: lowest, max: highest }
}
