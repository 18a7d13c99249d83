import type uPlot from 'uplot'
import type { ChartColors } from './chart-colors.js'

export type ChartSeverity = 'warning' | 'critical'

/** Values that are in breach of something, and where they begin. */
export interface ChartLimit {
  readonly id: string
  readonly severity: ChartSeverity
  readonly label: string
  /** spans of values; an end without bound is infinite */
  readonly bands: readonly (readonly [from: number, to: number])[]
  readonly lines: readonly number[]
}

/** A time that is shaded from top to bottom. */
export interface ChartSpan {
  readonly fromMs: number
  /** infinite: it goes on */
  readonly toMs: number
  readonly severity: ChartSeverity
}

/** A moment on the time axis that leads somewhere. */
export interface ChartMark {
  readonly id: string
  readonly atMs: number
  readonly severity: ChartSeverity
  readonly label: string
  readonly href: string
}

export interface ChartAnnotations {
  readonly limits?: readonly ChartLimit[]
  readonly spans?: readonly ChartSpan[]
  readonly marks?: readonly ChartMark[]
  /** whether the value axis reaches to every limit, however far, and not only to those that are near */
  readonly reachLimits?: boolean
}

/** More lines than this are a hatching: the severest are drawn. */
const MOST_LIMITS = 8
const LABEL_FONT_PX = 11
const BAND_ALPHA = 0.1
const SPAN_ALPHA = 0.16

export function drawnLimits(limits: readonly ChartLimit[] = []): readonly ChartLimit[] {
  if (limits.length <= MOST_LIMITS) return limits
  const bySeverity = [...limits].sort((one, other) => rank(one) - rank(other))
  return bySeverity.slice(0, MOST_LIMITS)
}

const rank = ({ severity }: ChartLimit) => (severity === 'critical' ? 0 : 1)

/** Under the line: values in breach, and times. */
export function paintShading(u: uPlot, annotations: ChartAnnotations, colors: ChartColors): void {
  const { ctx, bbox } = u
  ctx.save()
  clip(u)
  ctx.globalAlpha = BAND_ALPHA
  for (const { bands, severity } of drawnLimits(annotations.limits)) {
    ctx.fillStyle = colors[severity]
    for (const [from, to] of bands) {
      const top = yOf(u, to)
      ctx.fillRect(bbox.left, top, bbox.width, yOf(u, from) - top)
    }
  }
  ctx.globalAlpha = SPAN_ALPHA
  for (const { fromMs, toMs, severity } of annotations.spans ?? []) {
    const left = Math.max(bbox.left, u.valToPos(fromMs, 'x', true))
    const right = toMs === Number.POSITIVE_INFINITY ? bbox.left + bbox.width : u.valToPos(toMs, 'x', true)
    if (right < bbox.left || left > bbox.left + bbox.width) continue
    ctx.fillStyle = colors[severity]
    // What was short is still to be seen.
    ctx.fillRect(left, bbox.top, Math.max(right - left, 2 * devicePixelRatio), bbox.height)
  }
  ctx.restore()
}

/** Over the line: where a breach begins, and what it is called. */
export function paintLimits(u: uPlot, annotations: ChartAnnotations, colors: ChartColors): void {
  const { ctx, bbox } = u
  const scale = devicePixelRatio
  let labelsAt: number[] = []
  ctx.save()
  clip(u)
  ctx.font = `${LABEL_FONT_PX * scale}px ui-sans-serif, system-ui, sans-serif`
  ctx.textAlign = 'right'
  for (const { lines, label, severity } of drawnLimits(annotations.limits)) {
    ctx.strokeStyle = colors[severity]
    ctx.fillStyle = colors[severity]
    ctx.lineWidth = scale
    ctx.setLineDash(severity === 'critical' ? [] : [5 * scale, 4 * scale])
    let named = false
    for (const value of lines) {
      const y = Math.round(u.valToPos(value, 'y', true))
      ctx.beginPath()
      ctx.moveTo(bbox.left, y)
      ctx.lineTo(bbox.left + bbox.width, y)
      ctx.stroke()
      const inside = y >= bbox.top && y <= bbox.top + bbox.height
      if (named) continue
      const free = labelsAt.every((other) => Math.abs(other - y) > (LABEL_FONT_PX + 3) * scale)
      if (!inside || !free) continue
      labelsAt = [...labelsAt, y]
      named = true
      const above = y - bbox.top > (LABEL_FONT_PX + 6) * scale
      ctx.fillText(
        label,
        bbox.left + bbox.width - 6 * scale,
        above ? y - 4 * scale : y + (LABEL_FONT_PX + 3) * scale,
      )
    }
  }
  ctx.restore()
}

function clip({ ctx, bbox }: uPlot): void {
  ctx.beginPath()
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height)
  ctx.clip()
}

function yOf(u: uPlot, value: number): number {
  const { top, height } = u.bbox
  if (value === Number.POSITIVE_INFINITY) return top
  if (value === Number.NEGATIVE_INFINITY) return top + height
  return Math.min(Math.max(u.valToPos(value, 'y', true), top), top + height)
}
