import 'uplot/dist/uPlot.min.css'
import { type KeyboardEvent, useEffect, useRef } from 'react'
import { momentLabel, type TimeLabels } from './axis-labels.js'
import type { ChartAnnotations, ChartMark } from './chart-annotations.js'
import { ChartMarks, placeMarks } from './chart-marks.js'
import { createLiveChart, type LiveChart, type LiveChartView } from './live-chart.js'
import { sharedTicker } from './shared-ticker.js'
import { type SeriesSummary, summarize } from './summarize.js'
import classes from './time-chart.module.css'
import type { TimeSeries } from './time-series.js'
import type { TimeWindow } from './time-window.js'

export interface TimeChartProps {
  readonly series: TimeSeries
  readonly window: TimeWindow
  /** CSS px of the whole chart, axes included */
  readonly height: number
  readonly frozen: boolean
  readonly labels: TimeLabels
  /** with the unit, for the crosshair */
  readonly formatValue: (value: number) => string
  /** without the unit, for the axis */
  readonly formatAxisValue: (value: number, fractionDigits: number) => string
  /** what the chart says to who does not see it; asked at most every 5 s */
  readonly describe: (summary: SeriesSummary | undefined) => string
  /** charts with the same key share one crosshair */
  readonly syncKey?: string
  readonly onZoom?: (fromMs: number, toMs: number) => void
  /** limits, spans and marks; the same object as long as they are the same */
  readonly annotations?: ChartAnnotations
  readonly onMark?: (mark: ChartMark) => void
}

const DESCRIBE_EVERY_MS = 5_000
const NO_ANNOTATIONS: ChartAnnotations = {}

function readoutText(series: TimeSeries, at: number | null, props: TimeChartProps): string {
  if (at === null) return ''
  const { times, values, min, max } = series.columns()
  const value = values[at]
  if (value === undefined) return ''
  const moment = momentLabel(times[at]!, props.labels)
  const spread =
    min[at]! < max[at]! ? ` (${props.formatValue(min[at]!)} – ${props.formatValue(max[at]!)})` : ''
  return `${moment} · ${props.formatValue(value)}${spread}`
}

function viewOf(props: TimeChartProps): LiveChartView {
  return {
    window: props.window,
    frozen: props.frozen,
    reducedMotion: matchMedia('(prefers-reduced-motion: reduce)').matches,
    labels: props.labels,
    formatAxisValue: props.formatAxisValue,
    annotations: props.annotations ?? NO_ANNOTATIONS,
  }
}

/**
 * A line over time that moves with the clock. The data live in `series`, outside React: a reading re-renders
 * nothing. Drag zooms; the arrow keys move the crosshair.
 */
export function TimeChart(props: TimeChartProps) {
  const root = useRef<HTMLElement>(null)
  const plot = useRef<HTMLDivElement>(null)
  const readout = useRef<HTMLDivElement>(null)
  const marks = useRef<HTMLUListElement>(null)
  const chart = useRef<LiveChart>(null)
  const latest = useRef(props)
  latest.current = props

  useEffect(() => {
    let describedAtMs = Number.NEGATIVE_INFINITY
    const made = createLiveChart({
      root: plot.current!,
      series: props.series,
      ticker: sharedTicker,
      height: props.height,
      syncKey: props.syncKey,
      view: viewOf(latest.current),
      nowMs: Date.now,
      onCursor: (index) => {
        if (readout.current) readout.current.textContent = readoutText(props.series, index, latest.current)
      },
      onZoom: (fromMs, toMs) => latest.current.onZoom?.(fromMs, toMs),
      onDrawn: (fromMs, toMs, placeOf) => {
        if (marks.current) placeMarks(marks.current, latest.current.annotations?.marks ?? [], placeOf)
        if (performance.now() - describedAtMs < DESCRIBE_EVERY_MS) return
        describedAtMs = performance.now()
        root.current?.setAttribute(
          'aria-label',
          latest.current.describe(summarize(props.series, fromMs, toMs)),
        )
      },
    })
    chart.current = made
    return () => {
      chart.current = null
      made.destroy()
    }
  }, [props.series, props.height, props.syncKey])

  // biome-ignore lint/correctness/useExhaustiveDependencies: they are what the view is made of
  useEffect(
    () => chart.current?.update(viewOf(latest.current)),
    [props.window, props.frozen, props.labels, props.annotations],
  )

  function onKeyDown(event: KeyboardEvent): void {
    const points = { ArrowLeft: -1, ArrowRight: 1, PageUp: -20, PageDown: 20 }[event.key]
    if (points !== undefined) chart.current?.step(points)
    else if (event.key === 'Escape') chart.current?.leave()
    else return
    event.preventDefault()
  }

  return (
    <figure
      ref={root}
      className={classes.chart}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: the crosshair is moved with the arrow keys
      tabIndex={0}
      aria-label={props.describe(undefined)}
      onKeyDown={onKeyDown}
      onBlur={() => chart.current?.leave()}
    >
      <div ref={plot} className={classes.plot} aria-hidden="true" style={{ minHeight: props.height }} />
      {props.annotations?.marks !== undefined && props.annotations.marks.length > 0 && (
        <ChartMarks
          ref={marks}
          marks={props.annotations.marks}
          onMark={(mark) => latest.current.onMark?.(mark)}
        />
      )}
      <div ref={readout} className={classes.readout} role="status" aria-live="off" />
    </figure>
  )
}
