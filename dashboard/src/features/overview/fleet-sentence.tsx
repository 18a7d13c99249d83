import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useStore } from 'react-redux'
import { type RootState, useAppSelector } from '../../store.js'
import { useFormat } from '../../ui/format.js'
import { StatusShape } from '../../ui/status-shape.js'
import type { FleetSummary } from '../devices/fleet-summary.js'
import classes from './overview-page.module.css'

/** “All well · 50 of 50 devices online”, made from the data; in its colour when it is not well. */
export function FleetSentence({ fleet }: { fleet: FleetSummary }) {
  const { t } = useTranslation()
  const format = useFormat()
  const perMinute = useReadingsPerMinute()
  const troubled = fleet.attention.length
  const worst = fleet.critical > 0 ? 'critical' : troubled > 0 ? 'warning' : 'online'
  const online = t('overview.online', { online: format.integer(fleet.online), count: fleet.total })
  return (
    <h1 className={classes.sentence}>
      <StatusShape kind={worst} size={18} />
      <span className={classes.verdict} data-kind={worst}>
        {troubled === 0 ? t('overview.allWell') : t('overview.needAttention', { count: troubled })}
      </span>
      <span className={classes.facts}>
        {online}
        {perMinute !== undefined && ` · ${t('overview.perMinute', { rate: format.integer(perMinute) })}`}
      </span>
    </h1>
  )
}

const MEASURE_EVERY_MS = 5_000
const MEASURE_OVER = 12

/** Readings shown in the last minute, or scaled from less; undefined while too little was seen or while paused. */
function useReadingsPerMinute(): number | undefined {
  const store = useStore<RootState>()
  const still = useAppSelector(({ connection }) => connection.paused || connection.state !== 'live')
  const [rate, setRate] = useState<number>()
  useEffect(() => {
    setRate(undefined)
    if (still) return
    const marks: { atMs: number; points: number }[] = [mark()]
    const timer = setInterval(() => {
      marks.push(mark())
      if (marks.length > MEASURE_OVER + 1) marks.shift()
      const [first, last] = [marks[0]!, marks.at(-1)!]
      setRate(((last.points - first.points) / (last.atMs - first.atMs)) * 60_000)
    }, MEASURE_EVERY_MS)
    return () => clearInterval(timer)

    function mark() {
      return { atMs: performance.now(), points: store.getState().connection.points }
    }
  }, [store, still])
  return rate
}
