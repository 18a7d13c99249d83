import type { SystemStatus } from '@iot/contracts'
import { useTranslation } from 'react-i18next'
import { isApiError } from '../../api/api-error.js'
import { paths } from '../../paths.js'
import { useFormat } from '../../ui/format.js'
import head from '../../ui/page-head.module.css'
import { ErrorState, LoadingState } from '../../ui/states.js'
import { type ShapeKind, StatusShape } from '../../ui/status-shape.js'
import { useTitle } from '../frame/use-title.js'
import classes from './admin.module.css'
import { useMqttStatusQuery, useSystemStatusQuery } from './admin-api.js'
import { Figure } from './figure.js'

const POLL_MS = 10_000
const SHAPES: Record<SystemStatus['status'], ShapeKind> = {
  healthy: 'online',
  degraded: 'warning',
  down: 'critical',
}

/** Whether the system itself is well, asked again every ten seconds. */
export function SystemPage() {
  const { t } = useTranslation()
  const options = { pollingInterval: POLL_MS, skipPollingIfUnfocused: true, refetchOnMountOrArgChange: true }
  const status = useSystemStatusQuery(undefined, options)
  const mqtt = useMqttStatusQuery(undefined, options)
  useTitle(t('system.title'))
  return (
    <>
      <h1 className={head.title}>{t('system.title')}</h1>
      {status.isLoading && <LoadingState heightPx={280} rows={4} />}
      {isApiError(status.error) && <ErrorState error={status.error} onRetry={() => void status.refetch()} />}
      {status.data !== undefined && (
        <Status
          status={status.data}
          {...(mqtt.currentData !== undefined && { mqttConnected: mqtt.currentData.connected })}
        />
      )}
    </>
  )
}

function Status({ status, mqttConnected }: { status: SystemStatus; mqttConnected?: boolean }) {
  const { t } = useTranslation()
  const format = useFormat()
  const { metrics } = status
  return (
    <>
      <p className={classes.verdict}>
        <StatusShape kind={SHAPES[status.status]} size={16} />
        {t(`system.all.${status.status}`)}
        <span>{t('system.asOf', { time: format.absolute(Date.parse(status.timestamp)) })}</span>
      </p>
      <dl className={classes.figures}>
        <Figure label={t('system.activeDevices')} value={format.integer(metrics.activeDevices)} />
        <Figure label={t('system.totalDevices')} value={format.integer(metrics.totalDevices)} />
        <Figure label={t('system.perMinute')} value={format.integer(metrics.dataPointsPerMinute)} />
        <Figure label={t('system.uptime')} value={format.duration(status.uptime * 1_000)} />
        <Figure label={t('system.version')} value={status.version} />
      </dl>
      <h2 className={classes.subtitle}>{t('system.services')}</h2>
      <ul className={classes.services}>
        {Object.entries(status.services).map(([name, health]) => (
          <li key={name}>
            <StatusShape kind={SHAPES[health]} />
            <span className={classes.service}>{name}</span>
            <span>{t(`system.status.${health}`)}</span>
          </li>
        ))}
        {mqttConnected !== undefined && (
          <li>
            <StatusShape kind={mqttConnected ? 'online' : 'critical'} />
            <span className={classes.service}>{t('system.mqtt')}</span>
            <span>{mqttConnected ? t('system.connected') : t('system.notConnected')}</span>
          </li>
        )}
      </ul>
      <p className={classes.intro}>
        <a href={paths.apiDocs()}>{t('system.apiDocs')}</a>
      </p>
    </>
  )
}
