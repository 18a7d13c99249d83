import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { paths } from '../../paths.js'
import { useAppSelector } from '../../store.js'
import { Age } from '../../ui/age.js'
import { useFormat } from '../../ui/format.js'
import { StatusShape } from '../../ui/status-shape.js'
import { DeviceTrail } from '../devices/device-trail.js'
import type { Attention } from '../devices/fleet-summary.js'
import classes from './attention-panel.module.css'

/** Beyond these the list of devices, sorted by the worst, is the better view. */
const MOST_ROWS = 8

/** What is wrong, where, since when; one line when nothing is. */
export function AttentionPanel({ attention }: { attention: readonly Attention[] }) {
  const { t } = useTranslation()
  if (attention.length === 0) return null
  return (
    <section className={classes.panel} aria-labelledby="attention-title">
      <h2 id="attention-title">{t('overview.attention')}</h2>
      <ul>
        {attention.slice(0, MOST_ROWS).map((item) => (
          <AttentionRow key={item.deviceId} {...item} />
        ))}
      </ul>
      {attention.length > MOST_ROWS && (
        <Link className={classes.more!} to={paths.devices({ sort: 'status' })}>
          {t('overview.attentionMore', { count: attention.length - MOST_ROWS })}
        </Link>
      )}
    </section>
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
