import type { Alert } from '@iot/contracts'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { paths } from '../../paths.js'
import { useAppSelector } from '../../store.js'
import { Age } from '../../ui/age.js'
import { useFormat } from '../../ui/format.js'
import { StatusShape } from '../../ui/status-shape.js'
import { selectAlertSummary } from '../alerts/alert-summary.js'
import { useDeviceName, useStateWords } from '../alerts/alert-words.js'
import { useAlertLink } from '../alerts/use-alert-link.js'
import { DeviceTrail } from '../devices/device-trail.js'
import type { Attention, FleetSummary } from '../devices/fleet-summary.js'
import { attentionBesides } from './attention-besides.js'
import classes from './attention-panel.module.css'

/** Beyond these the list of alerts, or of devices sorted by the worst, is the better view. */
const MOST_ROWS = 8

/** What is wrong, where, since when: alerts worst first, then devices that no alert speaks of. */
export function AttentionPanel({ fleet }: { fleet: FleetSummary }) {
  const { t } = useTranslation()
  const { current, worst, worstOf } = useAppSelector(selectAlertSummary)
  const besides = attentionBesides(fleet, worstOf)
  if (current + besides.length === 0) return null
  const alerts = worst.slice(0, MOST_ROWS)
  const devices = besides.slice(0, MOST_ROWS - alerts.length)
  return (
    <section className={classes.panel} aria-labelledby="attention-title">
      <h2 id="attention-title">{t('overview.attention')}</h2>
      <ul>
        {alerts.map((alert) => (
          <AlertRow key={alert.alertId} alert={alert} />
        ))}
        {devices.map((item) => (
          <AttentionRow key={item.deviceId} {...item} />
        ))}
      </ul>
      {current > alerts.length && (
        <Link className={classes.more!} to={paths.alerts()}>
          {t('alerts.more', { count: current - alerts.length })}
        </Link>
      )}
      {besides.length > devices.length && (
        <Link className={classes.more!} to={paths.devices({ sort: 'status' })}>
          {t('alerts.alsoAttention', { count: besides.length - devices.length })}
        </Link>
      )}
    </section>
  )
}

function AlertRow({ alert }: { alert: Alert }) {
  const { t } = useTranslation()
  const { severity, deviceId, sensorType } = alert
  const name = useDeviceName(deviceId) ?? (alert.type === 'system' ? t('alerts.system') : alert.site)
  const stateWords = useStateWords()
  const linkTo = useAlertLink()
  return (
    <li>
      <Link className={classes.row!} to={linkTo(alert)}>
        <StatusShape kind={severity} label={t(`alerts.severity.${severity}`)} size={14} />
        <span className={classes.name}>{name}</span>
        <span className={classes.site}>{alert.state === 'open' ? alert.site : stateWords(alert)}</span>
        <span className={classes.what} data-kind={severity}>
          {alert.message}
        </span>
        <Age atMs={Date.parse(alert.openedAt)} />
        <span className={classes.trail}>
          {deviceId !== undefined && sensorType !== undefined && (
            <DeviceTrail deviceId={deviceId} sensorType={sensorType} width={96} height={20} />
          )}
        </span>
      </Link>
    </li>
  )
}

function AttentionRow({ deviceId, health }: Attention) {
  const { t } = useTranslation()
  const name = useAppSelector((state) => state.devices.entities[deviceId]?.name ?? deviceId)
  const site = useAppSelector((state) => state.devices.entities[deviceId]?.site)
  const lastSeenMs = useAppSelector((state) => state.devices.entities[deviceId]?.lastSeenMs)
  const words = useWhatIsWrong({ deviceId, health }, lastSeenMs)
  return (
    <li>
      <Link className={classes.row!} to={paths.device(deviceId)}>
        <StatusShape kind={health.kind} label={t(`status.${health.kind}`)} size={14} />
        <span className={classes.name}>{name}</span>
        <span className={classes.site}>{site}</span>
        <span className={classes.what} data-kind={health.kind}>
          {words}
        </span>
        <Age atMs={lastSeenMs} />
        <span className={classes.trail}>
          {health.sensor !== undefined && (
            <DeviceTrail deviceId={deviceId} sensorType={health.sensor.sensorType} width={96} height={20} />
          )}
        </span>
      </Link>
    </li>
  )
}

function useWhatIsWrong({ health }: Attention, lastSeenMs: number | undefined): string {
  const { t } = useTranslation()
  const format = useFormat()
  const time = lastSeenMs === undefined ? '–' : format.time(lastSeenMs)
  if (health.kind === 'offline') return t('overview.offlineSince', { time })
  if (health.kind === 'stale') return t('overview.staleSince', { time })
  const { sensor } = health
  if (sensor?.latest === undefined) return t(`status.${health.kind}`)
  const value = `${format.value(sensor.latest.value)}${sensor.unit === undefined ? '' : ` ${sensor.unit}`}`
  return t('overview.valueIs', { sensor: sensor.sensorType, value })
}
