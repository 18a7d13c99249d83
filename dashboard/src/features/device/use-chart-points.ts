import { type RefCallback, useCallback, useState } from 'react'
import { pointsForWidth } from './bucket-width.js'

/**
 * How many points a chart can show in the element that `ref` is given to. Undefined until that is on the page: a
 * history that is asked for by a guess is asked for twice.
 */
export function useChartPoints(): { ref: RefCallback<HTMLElement>; points: number | undefined } {
  const [points, setPoints] = useState<number>()
  const ref = useCallback((element: HTMLElement | null) => {
    if (element === null) return
    const measure = () => setPoints(pointsForWidth(element.clientWidth))
    measure()
    const observer = new ResizeObserver(measure)
    observer.observe(element)
    return () => observer.disconnect()
  }, [])
  return { ref, points }
}
