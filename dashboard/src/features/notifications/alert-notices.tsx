import type { Alert } from '@iot/contracts'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { paths } from '../../paths.js'
import { useAppDispatch, useAppSelector } from '../../store.js'
import { Age } from '../../ui/age.js'
import { EmptyState, ErrorState, LoadingState } from '../../ui/states.js'
import { StatusShape } from '../../ui/status-shape.js'
import { useDeviceName, useStateWords } from '../alerts/alert-words.js'
import { loadAlerts } from '../alerts/load-alerts.js'
import { useAlertLink } from '../alerts/use-alert-link.js'
import classes from './notifications.module.css'

/** What a glance takes in; the page of alerts has them all. */
const MOST_SHOWN = 30

/** Active alerts, those of the system too, the newest first. */
export function AlertNotices({ onLeave }: { onLeave: () => void }) {
  const { t } = useTranslation()
  const dispatch = useAppDispatch()
  const { active, load, error } = useAppSelector((state) => state.alerts)
  const newest = useMemo(
    () => [...active.values()].sort((one, other) => (one.openedAt < other.openedAt ? 1 : -1)),
    [active],
  )
  if (newest.length === 0 && load === 'failed' && error !== undefined)
    return <ErrorState error={error} onRetry={() => void dispatch(loadAlerts())} />
  if (newest.length === 0 && load !== 'ready') return <LoadingState heightPx={280} rows={4} />
  if (newest.length === 0)
    return <EmptyState title={t('alerts.noneNow')}>{t('alerts.noneNowDetail')}</EmptyState>
  return (
    <>
      <ul className={classes.list} aria-label={t('notices.tabs.alerts')}>
        {newest.slice(0, MOST_SHOWN).map((alert) => (
          <AlertNotice key={alert.alertId} alert={alert} onLeave={onLeave} />
        ))}
      </ul>
      <Link className={classes.about!} to={paths.alerts()} onClick={onLeave}>
        {t('alerts.showAll')}
      </Link>
    </>
  )
}

function AlertNotice({ alert, onLeave }: { alert: Alert; onLeave: () => void }) {
  const { t } = useTranslation()
  const name = useDeviceName(alert.deviceId)
  const stateWords = useStateWords()
  const linkTo = useAlertLink()
  const about = [
    alert.type === 'system' ? [t('alerts.system'), ...(alert.affectedServices ?? [])].join(': ') : name,
    alert.site,
    stateWords(alert),
  ]
  return (
    <li className={classes.notice} data-unread={alert.state === 'open' || undefined}>
      <StatusShape kind={alert.severity} label={t(`alerts.severity.${alert.severity}`)} size={16} />
      <div>
        <div className={classes.noticeHead}>
          <strong>
            <Link to={linkTo(alert)} onClick={onLeave}>
              {alert.message}
            </Link>
          </strong>
          <Age atMs={Date.parse(alert.openedAt)} />
        </div>
        <div className={classes.noticeFoot}>
          <span>{about.filter(Boolean).join(' · ')}</span>
        </div>
      </div>
    </li>
  )
}
