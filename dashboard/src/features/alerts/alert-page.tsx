import type { AlertDetail } from '@iot/contracts'
import { useEffect } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, useParams } from 'react-router'
import { isApiError } from '../../api/api-error.js'
import { paths } from '../../paths.js'
import { useAppSelector } from '../../store.js'
import { ErrorState, LoadingState, Notice } from '../../ui/states.js'
import { StatusShape } from '../../ui/status-shape.js'
import { useTitle } from '../frame/use-title.js'
import { ActOutcomeLine } from './act-outcome.js'
import { AlertActs } from './alert-acts.js'
import { AlertChart } from './alert-chart.js'
import { AlertFacts } from './alert-facts.js'
import { AlertHistory } from './alert-history.js'
import classes from './alert-page.module.css'
import { useMayAct, useStateWords } from './alert-words.js'
import { useAlertQuery } from './alerts-api.js'
import { CommentForm } from './comment-form.js'
import { useActOnAlerts } from './use-act-on-alerts.js'

/** One alert: what is wrong, where, since when, who has it, how it got there, and what to do. */
export function AlertPage() {
  const { alertId = '' } = useParams()
  // Another alert is another page: nothing of the one before may show.
  return <LoadedAlertPage key={alertId} alertId={alertId} />
}

function LoadedAlertPage({ alertId }: { alertId: string }) {
  const { t } = useTranslation()
  const { data, error, refetch } = useAlertQuery(alertId, { refetchOnMountOrArgChange: true })
  const liveSeq = useAppSelector(
    ({ alerts }) => (alerts.active.get(alertId) ?? alerts.closed.get(alertId))?.seq ?? 0,
  )
  const seq = data?.seq
  // What happened live has a history and comments that only the server knows.
  useEffect(() => {
    if (seq !== undefined && liveSeq > seq) void refetch()
  }, [liveSeq, seq, refetch])
  useTitle(data?.message ?? t('alerts.title'))
  if (isApiError(error) && error.status === 404) {
    return (
      <Notice
        shape="unknown"
        title={<h1>{t('alertPages.notFound')}</h1>}
        detail={t('alertPages.notFoundDetail')}
        action={<Link to={paths.alerts()}>{t('alertPages.back')}</Link>}
      />
    )
  }
  if (isApiError(error) && data === undefined)
    return <ErrorState error={error} onRetry={() => void refetch()} />
  if (data === undefined) return <LoadingState heightPx={520} rows={5} />
  return <Detail alert={data} />
}

function Detail({ alert }: { alert: AlertDetail }) {
  const { t } = useTranslation()
  const stateWords = useStateWords()
  const mayAct = useMayAct()(alert)
  const { actOn, busy, outcome, forget } = useActOnAlerts()
  return (
    <div className={classes.page}>
      <Link className={classes.back!} to={paths.alerts()}>
        ← {t('alertPages.back')}
      </Link>
      <div className={classes.head}>
        <span className={classes.badge} data-severity={alert.severity}>
          <StatusShape kind={alert.severity} />
          {t(`alerts.severity.${alert.severity}`)}
        </span>
        <h1>{alert.message}</h1>
        <span className={classes.badge}>{stateWords(alert)}</span>
        {alert.flapping && (
          <span className={classes.badge} data-severity="warning" title={t('alertPages.flappingDetail')}>
            {t('alertPages.flapping')}
          </span>
        )}
      </div>
      {mayAct && alert.state !== 'closed' && (
        <AlertActs
          alert={alert}
          busy={busy}
          onAct={(action, terms) => void actOn(alert.alertId, action, terms)}
        />
      )}
      <ActOutcomeLine outcome={outcome} onClose={forget} />
      <div className={classes.columns}>
        <div className={classes.main}>
          {alert.deviceId !== undefined && alert.sensorType !== undefined && (
            <AlertChart alert={alert} deviceId={alert.deviceId} sensorType={alert.sensorType} />
          )}
          <section className={classes.panel} aria-labelledby="alert-history">
            <h2 id="alert-history">{t('alertPages.history')}</h2>
            <AlertHistory alert={alert} />
            {mayAct && alert.state !== 'closed' && (
              <CommentForm
                onComment={async (comment) => (await actOn(alert.alertId, 'comment', { comment })).done === 1}
              />
            )}
          </section>
        </div>
        <AlertFacts alert={alert} />
      </div>
    </div>
  )
}
