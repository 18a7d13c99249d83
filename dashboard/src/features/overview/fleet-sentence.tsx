import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useStore } from 'react-redux'
import { Link } from 'react-router'
import { paths } from '../../paths.js'
import { type RootState, useAppSelector } from '../../store.js'
import { useFormat } from '../../ui/format.js'
import { type ShapeKind, StatusShape } from '../../ui/status-shape.js'
import { selectAlertSummary } from '../alerts/alert-summary.js'
import type { FleetSummary } from '../devices/fleet-summary.js'
import { attentionBesides } from './attention-besides.js'
import classes from './overview-page.module.css'

/** “All well · 50 of 50 devices online”, made from the data; in its colour when it is not well. */
export function FleetSentence({ fleet }: { fleet: FleetSummary }) {
  const { t } = useTranslation()
  const format = useFormat()
  const perMinute = useReadingsPerMinute()
  const { current, currentCritical, worstOf } = useAppSelector(selectAlertSummary)
  const troubled = attentionBesides(fleet, worstOf).length
  const load = useAppSelector((state) => state.alerts.load)
  const worst = verdictKind({ critical: currentCritical, wrong: current + troubled, load })
  const online = t('overview.online', { online: format.integer(fleet.online), count: fleet.total })
  return (
    <h1 className={classes.sentence}>
      <span className={classes.verdict} data-kind={worst}>
        <StatusShape kind={worst} size={18} />
        <Verdict alerts={current} critical={currentCritical} troubled={troubled} load={load} />
      </span>
      <span className={classes.facts}>
        {current > 0 && troubled > 0 && `${t('alerts.alsoAttention', { count: troubled })} · `}
        {online}
        {perMinute !== undefined && ` · ${t('overview.perMinute', { rate: format.integer(perMinute) })}`}
      </span>
    </h1>
  )
}

type AlertsLoad = RootState['alerts']['load']

/** Nothing is well that has not been asked for yet: unknown is not zero. */
function verdictKind(facts: { critical: number; wrong: number; load: AlertsLoad }): ShapeKind {
  if (facts.critical > 0) return 'critical'
  if (facts.wrong > 0 || facts.load === 'failed') return 'warning'
  return facts.load === 'ready' ? 'online' : 'unknown'
}

interface VerdictProps {
  alerts: number
  critical: number
  troubled: number
  load: AlertsLoad
}

function Verdict({ alerts, critical, troubled, load }: VerdictProps) {
  const { t } = useTranslation()
  if (alerts === 0) {
    if (load === 'failed') return <Link to={paths.alerts()}>{t('alerts.unread')}</Link>
    if (troubled > 0) return t('overview.needAttention', { count: troubled })
    return load === 'ready' ? t('overview.allWell') : t('alerts.asking')
  }
  const words = t('alerts.count', { count: alerts })
  return (
    <Link to={paths.alerts()}>
      {critical === 0 ? words : `${words}, ${t('alerts.countCritical', { count: critical })}`}
    </Link>
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
