import { useEffect, useRef } from 'react'
import { watchColorScheme } from '../time-chart/chart-colors.js'
import type { Drawable } from '../time-chart/frame-ticker.js'
import { sharedTicker } from '../time-chart/shared-ticker.js'
import classes from './sparkline.module.css'
import { sparklineShape } from './sparkline-path.js'

export interface SparklineProps {
  readonly values: readonly number[]
  /** ms, ascending, one per value */
  readonly times: readonly number[]
  /** CSS px */
  readonly width: number
  readonly height: number
  /** what it shows, in words; without, it is decoration beside a value that says the same */
  readonly label?: string
}

function paint(canvas: HTMLCanvasElement, { values, times, width, height }: SparklineProps): void {
  const context = canvas.getContext('2d')
  if (!context) return
  const ratio = window.devicePixelRatio || 1
  const [pixelWidth, pixelHeight] = [Math.round(width * ratio), Math.round(height * ratio)]
  if (canvas.width !== pixelWidth) canvas.width = pixelWidth
  if (canvas.height !== pixelHeight) canvas.height = pixelHeight
  context.setTransform(ratio, 0, 0, ratio, 0, 0)
  context.clearRect(0, 0, width, height)
  const { pieces, end } = sparklineShape({ values, times, width, height })
  const color = getComputedStyle(canvas).color
  context.strokeStyle = color
  context.fillStyle = color
  context.lineWidth = 1.25
  context.lineJoin = 'round'
  context.beginPath()
  for (const piece of pieces) {
    context.moveTo(piece[0]!, piece[1]!)
    for (let at = 2; at < piece.length; at += 2) context.lineTo(piece[at]!, piece[at + 1]!)
  }
  context.stroke()
  if (end) {
    context.beginPath()
    context.arc(end[0], end[1], 1.75, 0, Math.PI * 2)
    context.fill()
  }
}

/** A word-sized line. Its colour is the text's: set `color` around it. */
export function Sparkline(props: SparklineProps) {
  const { values, times, width, height, label } = props
  const canvas = useRef<HTMLCanvasElement>(null)
  const latest = useRef(props)
  latest.current = props
  const drawable = useRef<Drawable>({
    draw: () => {
      if (canvas.current) paint(canvas.current, latest.current)
      return Number.POSITIVE_INFINITY
    },
  })

  useEffect(() => {
    const line = drawable.current
    const unwatch = watchColorScheme(() => sharedTicker.invalidate(line))
    return () => {
      unwatch()
      sharedTicker.remove(line)
    }
  }, [])

  // biome-ignore lint/correctness/useExhaustiveDependencies: they are what the line is drawn from
  useEffect(() => sharedTicker.invalidate(drawable.current), [values, times, width, height])

  return (
    <canvas
      ref={canvas}
      className={classes.sparkline}
      style={{ width, height }}
      {...(label ? { role: 'img', 'aria-label': label } : { 'aria-hidden': true })}
    />
  )
}
