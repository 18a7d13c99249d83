import type uPlot from 'uplot'
import { type TimeLabels, timeTickLabels, wallClock } from './axis-labels.js'
import { type ChartAnnotations, drawnLimits, paintLimits, paintShading } from './chart-annotations.js'
import { fractionDigits, valueBounds, widenFor } from './chart-bounds.js'
import type { ChartColors } from './chart-colors.js'
import { gapSpans, lonePoints } from './gap-spans.js'

const FONT = '11px ui-sans-serif, system-ui, sans-serif'
/** All charts of a page have the same left edge, so that one crosshair runs through them. */
const AXIS_WIDTH = 56
/** A drag shorter than this is a click, CSS px. */
const SHORTEST_DRAG = 6

export interface ChartOptionsDeps {
  readonly width: number
  readonly height: number
  readonly syncKey?: string | undefined
  readonly labels: () => TimeLabels
  readonly colors: () => ChartColors
  readonly formatAxisValue: (value: number, fractionDigits: number) => string
  /** width of the spans that the points stand for; 0: single readings, and no band around the line */
  readonly bucketMs: number
  readonly edges: () => [fromMs: number, toMs: number]
  readonly annotations: () => ChartAnnotations
  readonly onCursor: (index: number | null) => void
  readonly onZoom: (fromMs: number, toMs: number) => void
}

/** Clips the line away where there are no readings, in canvas pixels. */
function gapClips(bucketMs: number): uPlot.Series.GapsRefiner {
  return (u, _series, first, last) =>
    gapSpans(u.data[0] as Float64Array, { bucketMs, first, last }).map(([from, to]) => [
      u.valToPos(u.data[0]![from]!, 'x', true),
      u.valToPos(u.data[0]![to]!, 'x', true),
    ])
}

function valueSeries(deps: ChartOptionsDeps): uPlot.Series {
  return {
    stroke: () => deps.colors().line,
    width: 1.5,
    gaps: gapClips(deps.bucketMs),
    points: {
      size: 4,
      width: 0,
      fill: () => deps.colors().line,
      show: false,
      filter: (u) => {
        const { min, max } = u.scales.x!
        const times = u.data[0] as Float64Array
        if (min === undefined || max === undefined || times.length === 0) return null
        return lonePoints(times, { bucketMs: deps.bucketMs, first: u.valToIdx(min), last: u.valToIdx(max) })
      },
    },
  }
}

function bandEdge(deps: ChartOptionsDeps): uPlot.Series {
  return { width: 0, points: { show: false }, gaps: gapClips(deps.bucketMs) }
}

function axes(deps: ChartOptionsDeps): uPlot.Axis[] {
  const line = { stroke: () => deps.colors().grid, width: 1 }
  const text = { stroke: () => deps.colors().text, font: FONT }
  return [
    {
      ...text,
      grid: line,
      ticks: { ...line, size: 4 },
      size: (_u, labels) => (labels?.some((label) => label.includes('\n')) ? 36 : 22),
      gap: 4,
      space: 72,
      values: (_u, ticks, _axis, _space, stepMs) => timeTickLabels(ticks, stepMs, deps.labels()),
    },
    {
      ...text,
      grid: line,
      ticks: { show: false },
      size: AXIS_WIDTH,
      gap: 6,
      space: 36,
      values: (_u, ticks, _axis, _space, step) => {
        const digits = fractionDigits(step)
        return ticks.map((tick) => deps.formatAxisValue(tick, digits))
      },
    },
  ]
}

function cursor(deps: ChartOptionsDeps): uPlot.Cursor {
  return {
    y: false,
    // The edges of the band have no dot: the readout says them.
    points: { size: (_u, series) => (series === 1 ? 7 : 0), width: 0, fill: () => deps.colors().line },
    drag: { x: true, y: false, setScale: false, dist: SHORTEST_DRAG },
    ...(deps.syncKey && {
      sync: {
        key: deps.syncKey,
        setSeries: false,
        scales: ['x', null],
        // A drag zooms once, by the chart it was made on; only the crosshair is shared.
        filters: { pub: (type: string) => type !== 'mousedown' && type !== 'mouseup' },
      },
    }),
  }
}

function boundsOf(
  min: number | null,
  max: number | null,
  { limits, reachLimits }: ChartAnnotations,
): [number, number] {
  const bounds = valueBounds(min, max)
  if (limits === undefined || limits.length === 0) return bounds
  const lines = drawnLimits(limits).flatMap((limit) => limit.lines)
  return widenFor(bounds, lines, reachLimits)
}

/** uPlot's options: time in ms; a line, and where points stand for spans the lowest and highest around it. */
export function chartOptions(deps: ChartOptionsDeps): uPlot.Options {
  const band = deps.bucketMs > 0
  return {
    width: deps.width,
    height: deps.height,
    ms: 1,
    pxAlign: 0,
    padding: [8, 20, 0, 0],
    legend: { show: false },
    tzDate: (timeMs) => wallClock(timeMs, deps.labels().timeZone),
    scales: {
      x: { time: true, range: () => deps.edges() },
      y: { range: (_u, min, max) => boundsOf(min, max, deps.annotations()) },
    },
    series: [{}, valueSeries(deps), ...(band ? [bandEdge(deps), bandEdge(deps)] : [])],
    ...(band && { bands: [{ series: [2, 3], fill: () => deps.colors().band }] }),
    axes: axes(deps),
    cursor: cursor(deps),
    hooks: {
      drawClear: [(u) => paintShading(u, deps.annotations(), deps.colors())],
      draw: [(u) => paintLimits(u, deps.annotations(), deps.colors())],
      setCursor: [(u) => deps.onCursor((u.cursor.left ?? -1) < 0 ? null : (u.cursor.idx ?? null))],
      setSelect: [
        (u) => {
          if (u.select.width < SHORTEST_DRAG) return
          const fromMs = u.posToVal(u.select.left, 'x')
          const toMs = u.posToVal(u.select.left + u.select.width, 'x')
          u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false)
          deps.onZoom(fromMs, toMs)
        },
      ],
    },
  }
}
