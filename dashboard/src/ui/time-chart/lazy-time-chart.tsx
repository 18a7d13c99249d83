import { lazy, Suspense } from 'react'
import type { TimeChartProps } from './time-chart.js'

const Loaded = lazy(() => import('./time-chart.js').then((module) => ({ default: module.TimeChart })))

/** A TimeChart whose code is fetched when the first one is shown; its place has the final size from the start. */
export function LazyTimeChart(props: TimeChartProps) {
  return (
    <Suspense fallback={<div style={{ height: props.height }} aria-busy="true" />}>
      <Loaded {...props} />
    </Suspense>
  )
}
