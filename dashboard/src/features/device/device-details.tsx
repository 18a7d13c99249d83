import type { Device } from '@iot/contracts'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useDeviceLive } from '../../api/live-feed.js'
import { useAppSelector } from '../../store.js'
import { Age } from '../../ui/age.js'
import { useFormat } from '../../ui/format.js'
import { SnippetTabs } from '../onboarding/snippet-tabs.js'
import { hasRole, selectUser } from '../session/session-slice.js'
import { clockOffsetMs } from './clock-offset.js'
import { CredentialsPanel } from './credentials-panel.js'
import classes from './device.module.css'
import { SensorList } from './sensor-list.js'

/** All that is known of a device beside its lines. */
export function DeviceDetails({ device }: { device: Device }) {
  const { t } = useTranslation()
  const user = useAppSelector(selectUser)
  return (
    <div className={classes.details}>
      <Panel title={t('device.details.about')}>
        <About device={device} />
      </Panel>
      <Panel title={t('device.details.attributes')}>
        <Attributes attributes={device.attributes} />
      </Panel>
      <Panel title={t('device.details.sensors')} wide>
        <SensorList deviceId={device.deviceId} />
      </Panel>
      {hasRole(user, 'operator') && (
        <Panel title={t('device.credential.title')} wide>
          <CredentialsPanel deviceId={device.deviceId} />
        </Panel>
      )}
      <Panel title={t('device.details.howToSend')} wide>
        <SnippetTabs deviceId={device.deviceId} />
      </Panel>
    </div>
  )
}

function Panel({ title, wide = false, children }: { title: string; wide?: boolean; children: ReactNode }) {
  return (
    <section className={`${classes.panel} ${wide ? classes.wide : ''}`} aria-label={title}>
      <h2 className={classes.panelTitle}>{title}</h2>
      {children}
    </section>
  )
}

function About({ device }: { device: Device }) {
  const { t } = useTranslation()
  const format = useFormat()
  const live = useDeviceLive(device.deviceId)
  const lastSeenMs =
    live?.lastSeenMs ?? (device.lastSeen === undefined ? undefined : Date.parse(device.lastSeen))
  const none = t('device.details.none')
  return (
    <dl className={classes.facts}>
      <dt>{t('device.details.id')}</dt>
      <dd className={classes.mono}>{device.deviceId}</dd>
      <dt>{t('device.details.site')}</dt>
      <dd>{device.site ?? none}</dd>
      <dt>{t('device.details.location')}</dt>
      <dd>{device.location ?? none}</dd>
      <dt>{t('device.details.tags')}</dt>
      <dd>{device.tags.join(', ') || none}</dd>
      <dt>{t('device.details.created')}</dt>
      <dd>{format.absolute(Date.parse(device.createdAt))}</dd>
      <dt>{t('device.details.lastSeen')}</dt>
      <dd>
        <Age atMs={lastSeenMs} freshness={lastSeenMs === undefined ? 'never' : 'fresh'} />
      </dd>
      <dt>{t('device.details.clock')}</dt>
      <dd>
        <ClockOffset device={device} />
      </dd>
      <dt>{t('device.details.refused')}</dt>
      <dd title={t('device.details.refusedExplained')}>{format.integer(device.refusedValues ?? 0)}</dd>
    </dl>
  )
}

function ClockOffset({ device }: { device: Device }) {
  const { t } = useTranslation()
  const format = useFormat()
  const offsetMs = clockOffsetMs(device.sensors.flatMap(({ latest }) => latest ?? []))
  if (offsetMs === undefined) return t('device.details.none')
  if (Math.abs(offsetMs) < 1_000) return t('device.details.clockExact')
  const offset = format.duration(Math.abs(offsetMs))
  return offsetMs > 0
    ? t('device.details.clockAhead', { offset })
    : t('device.details.clockBehind', { offset })
}

function Attributes({ attributes }: { attributes: Device['attributes'] }) {
  const { t } = useTranslation()
  const names = Object.keys(attributes).sort()
  if (names.length === 0) return <p className={classes.muted}>{t('device.details.attributesEmpty')}</p>
  return (
    <dl className={classes.facts}>
      {names.map((name) => (
        <div key={name} style={{ display: 'contents' }}>
          <dt>{name}</dt>
          <dd>{attributes[name]}</dd>
        </div>
      ))}
    </dl>
  )
}
