import uPlot from 'uplot'
import type { TimeLabels } from './axis-labels.js'
import type { ChartAnnotations } from './chart-annotations.js'
import { type ChartColors, readChartColors, watchColorScheme } from './chart-colors.js'
import type { PlaceOf } from './chart-marks.js'
import { chartOptions } from './chart-options.js'
import { glidePaceMs, readingPaceMs } from './draw-pace.js'
import type { Drawable, FrameTicker } from './frame-ticker.js'
import type { TimeSeries } from './time-series.js'
import { type TimeWindow, windowEdges, windowSpanMs } from './time-window.js'

export interface LiveChartView {
  readonly window: TimeWindow
  /** stands still: neither the clock nor new readings move it */
  readonly frozen: boolean
  /** who asked for less motion gets steps instead of a glide */
  readonly reducedMotion: boolean
  readonly labels: TimeLabels
  readonly formatAxisValue: (value: number, fractionDigits: number) => string
  readonly annotations: ChartAnnotations
}

export interface LiveChartDeps {
  readonly root: HTMLElement
  readonly series: TimeSeries
  readonly ticker: FrameTicker
  readonly height: number
  readonly syncKey?: string | undefined
  readonly view: LiveChartView
  /** the wall clock, ms */
  readonly nowMs: () => number
  readonly onCursor: (index: number | null) => void
  readonly onZoom: (fromMs: number, toMs: number) => void
  /** after each drawing, with the edges that are shown, and where a moment stands on the time axis */
  readonly onDrawn: (fromMs: number, toMs: number, placeOf: PlaceOf) => void
}

export interface LiveChart {
  update(view: LiveChartView): void
  /** Moves the crosshair by so many points; from outside the chart it enters at the newest. */
  step(points: number): void
  leave(): void
  destroy(): void
}

const REDUCED_MOTION_STEP_MS = 5_000
/** A chart this far out of sight is drawn already, so that it is not seen to catch up when it scrolls in. */
const AHEAD_PX = 200

/** One uPlot on a page, drawn by the shared ticker: never directly when data arrive. */
export function createLiveChart(deps: LiveChartDeps): LiveChart {
  const { root, series, ticker } = deps
  let view = deps.view
  let colors: ChartColors = readChartColors(root)
  let frozenAtMs = view.frozen ? deps.nowMs() : undefined
  let edges = windowEdges(view.window, deps.nowMs(), series.newestMs)
  let width = Math.floor(root.clientWidth)
  let drawnAtMs = Number.NEGATIVE_INFINITY
  let inSight = true
  const band = series.bucketMs > 0

  const plot = new uPlot(
    chartOptions({
      width: Math.max(width, 1),
      height: deps.height,
      syncKey: deps.syncKey,
      labels: () => view.labels,
      colors: () => colors,
      formatAxisValue: (value, digits) => view.formatAxisValue(value, digits),
      bucketMs: series.bucketMs,
      edges: () => edges,
      annotations: () => view.annotations,
      onCursor: deps.onCursor,
      onZoom: deps.onZoom,
    }),
    undefined,
    root,
  )

  function draw(): number {
    if (width < 1 || !inSight) return Number.POSITIVE_INFINITY
    if (plot.width !== width) plot.setSize({ width, height: deps.height })
    const { times, values, min, max } = series.columns()
    edges = windowEdges(view.window, frozenAtMs ?? deps.nowMs(), series.newestMs)
    plot.setData(band ? [times, values, max, min] : [times, values])
    deps.onDrawn(edges[0], edges[1], placeOf)
    drawnAtMs = performance.now()
    return nextDrawMs()
  }

  function placeOf(timeMs: number): readonly [x: number, y: number] | undefined {
    if (timeMs < edges[0] || timeMs > edges[1]) return undefined
    const { offsetLeft, offsetTop, clientWidth, clientHeight } = plot.over
    const part = (timeMs - edges[0]) / (edges[1] - edges[0])
    return [offsetLeft + part * clientWidth, offsetTop + clientHeight]
  }

  function nextDrawMs(): number {
    if (view.frozen || view.window.kind === 'fixed') return Number.POSITIVE_INFINITY
    return drawnAtMs + Math.max(glidePaceMs(pixelMs()), view.reducedMotion ? REDUCED_MOTION_STEP_MS : 0)
  }

  function pixelMs(): number {
    return windowSpanMs(view.window) / Math.max(1, width * (window.devicePixelRatio || 1))
  }

  function showReading(): void {
    if (view.frozen || !inSight) return
    if (isOffScale()) invalidate()
    else ticker.invalidate(drawable, drawnAtMs + readingPaceMs(pixelMs()))
  }

  /** The newest value of a moving window lies outside of the axis as it was drawn. */
  function isOffScale(): boolean {
    const { min, max } = plot.scales.y!
    const { newestValue } = series
    if (view.window.kind === 'fixed' || newestValue === undefined) return false
    return min == null || max == null || newestValue < min || newestValue > max
  }

  const drawable: Drawable = { draw }
  const invalidate = () => ticker.invalidate(drawable)
  const unsubscribe = series.subscribe(showReading)
  const unwatch = watchColorScheme(() => {
    colors = readChartColors(root)
    invalidate()
  })
  const resize = new ResizeObserver(() => {
    width = Math.floor(root.clientWidth)
    invalidate()
  })
  resize.observe(root)
  const sight = new IntersectionObserver(
    (changes) => {
      inSight = changes.at(-1)!.isIntersecting
      if (inSight) invalidate()
    },
    { rootMargin: `${AHEAD_PX}px` },
  )
  sight.observe(root)
  invalidate()

  function showCursorAt(index: number): void {
    const { times, values } = series.columns()
    const at = Math.min(Math.max(index, 0), times.length - 1)
    const timeMs = times[at]
    if (timeMs === undefined) return
    plot.setCursor({ left: plot.valToPos(timeMs, 'x'), top: plot.valToPos(values[at]!, 'y') })
  }

  return {
    update(next) {
      if (next.frozen !== view.frozen) frozenAtMs = next.frozen ? deps.nowMs() : undefined
      view = next
      invalidate()
    },
    step(points) {
      const shown = (plot.cursor.left ?? -1) >= 0 ? plot.cursor.idx : undefined
      showCursorAt(shown === undefined || shown === null ? series.length - 1 : shown + points)
    },
    leave() {
      plot.setCursor({ left: -10, top: -10 })
    },
    destroy() {
      unsubscribe()
      unwatch()
      resize.disconnect()
      sight.disconnect()
      ticker.remove(drawable)
      plot.destroy()
    },
  }
}
