import { type ComponentType, useEffect, useState } from 'react'
import { fetchPart } from '../../fetch-part.js'
import type { TimeChartProps } from './time-chart.js'

let loaded: ComponentType<TimeChartProps> | undefined

/**
 * A TimeChart whose code is fetched when the first one is shown; its place has the final size from the start. By
 * state and not by `lazy`: React may put off what waits in a Suspense while live values keep it busy.
 */
export function LazyTimeChart(props: TimeChartProps) {
  const [Chart, setChart] = useState(() => loaded)
  useEffect(() => {
    if (loaded !== undefined) return
    let gone = false
    fetchPart(() => import('./time-chart.js')).then(
      (module) => {
        loaded = module.TimeChart
        if (!gone) setChart(() => module.TimeChart)
      },
      (error: unknown) => {
        // Thrown while rendering, so that the boundary above says it.
        if (!gone)
          setChart(() => {
            throw error
          })
      },
    )
    return () => {
      gone = true
    }
  }, [])
  if (Chart === undefined) return <div style={{ height: props.height }} aria-busy="true" />
  return <Chart {...props} />
}
