import { type ComponentType, useEffect, useState } from 'react'
import { shareFetch } from '../../fetch-part.js'
import type { TimeChartProps } from './time-chart.js'

type Chart = ComponentType<TimeChartProps>
let loaded: Chart | undefined

const fetchChart = shareFetch(async (): Promise<Chart> => {
  loaded = (await import('./time-chart.js')).TimeChart
  return loaded
})

/** Begins to fetch the code of charts while their data are still being asked for. A chart that is shown says what failed. */
export function fetchChartAhead(): void {
  void fetchChart().catch(() => undefined)
}

/**
 * A TimeChart whose code is fetched when the first one is shown; its place has the final size from the start. By
 * state and not by `lazy`: React may put off what waits in a Suspense while live values keep it busy.
 */
export function LazyTimeChart(props: TimeChartProps) {
  const [Chart, setChart] = useState(() => loaded)
  useEffect(() => {
    if (loaded !== undefined) {
      setChart(() => loaded)
      return
    }
    let gone = false
    fetchChart().then(
      (TimeChart) => {
        if (!gone) setChart(() => TimeChart)
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
