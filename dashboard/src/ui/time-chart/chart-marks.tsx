import type { MouseEvent, Ref } from 'react'
import type { ChartMark } from './chart-annotations.js'
import classes from './time-chart.module.css'

interface ChartMarksProps {
  readonly marks: readonly ChartMark[]
  readonly onMark: (mark: ChartMark) => void
  readonly ref: Ref<HTMLUListElement>
}

/** Moments on the time axis, each a link; where they stand is set with each drawing, by `placeMarks`. */
export function ChartMarks({ marks, onMark, ref }: ChartMarksProps) {
  function follow(event: MouseEvent, mark: ChartMark): void {
    // Another tab or window is the browser's business.
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return
    event.preventDefault()
    onMark(mark)
  }
  return (
    <ul ref={ref} className={classes.marks}>
      {marks.map((mark) => (
        <li key={mark.id} data-severity={mark.severity} hidden>
          <a href={mark.href} title={mark.label} onClick={(event) => follow(event, mark)}>
            <span className="visually-hidden">{mark.label}</span>
          </a>
        </li>
      ))}
    </ul>
  )
}

/** Where a moment stands in the chart, CSS px; undefined where it is not shown. */
export type PlaceOf = (timeMs: number) => readonly [x: number, y: number] | undefined

/** Moves each mark to its moment on the axis, and hides those that are not on show. */
export function placeMarks(list: HTMLUListElement, marks: readonly ChartMark[], placeOf: PlaceOf): void {
  for (let at = 0; at < marks.length; at += 1) {
    const item = list.children[at] as HTMLElement | undefined
    if (item === undefined) return
    const place = placeOf(marks[at]!.atMs)
    item.hidden = place === undefined
    if (place !== undefined) item.style.transform = `translate(${Math.round(place[0])}px, ${place[1]}px)`
  }
}
