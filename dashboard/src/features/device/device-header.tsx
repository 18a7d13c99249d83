import type { Device } from '@iot/contracts'
import { ActionIcon, Button } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { useDeviceLive, usePaused } from '../../api/live-feed.js'
import { paths } from '../../paths.js'
import { Age } from '../../ui/age.js'
import { type Format, useFormat } from '../../ui/format.js'
import { RangePicker } from '../../ui/range-picker/range-picker.js'
import { StatusShape } from '../../ui/status-shape.js'
import { DeviceMaintenance } from '../maintenance/device-maintenance.js'
import classes from './device.module.css'
import { DeviceMenu } from './device-menu.js'
import type { DeviceView } from './use-device-view.js'

/** Who it is, whether it is well, and which span of time the page shows. */
export function DeviceHeader({ device, view }: { device: Device; view: DeviceView }) {
  const { t } = useTranslation()
  const format = useFormat()
  const { paused, toggle } = usePaused()
  const place = [device.site, device.location].filter(Boolean).join(' / ')

  return (
    <header className={classes.header}>
      <h1 className={classes.title}>
        <Link to={paths.devices()} className={classes.back} aria-label={t('device.backToDevices')}>
          <span aria-hidden="true">←</span>
        </Link>
        <span className={classes.name}>{device.name}</span>
      </h1>
      <DeviceState device={device} />
      <DeviceMaintenance device={device} />
      <span className={classes.place}>{place === '' ? t('device.noPlace') : place}</span>
      <div className={classes.controls}>
        <RangePicker
          value={view.window}
          onChange={view.setWindow}
          utc={format.timeZone === 'UTC'}
          formatFixed={(fromMs, toMs) => spanText(fromMs, toMs, format)}
          texts={t('device.range', { returnObjects: true })}
        />
        {view.window.kind === 'fixed' ? (
          <Button size="xs" variant="default" onClick={() => view.setWindow({ kind: 'last', ms: 3_600_000 })}>
            {t('device.charts.resetToLive')}
          </Button>
        ) : (
          <ActionIcon
            className={classes.pause}
            variant="default"
            size={30}
            aria-pressed={paused}
            aria-label={paused ? t('device.pause.resume') : t('device.pause.pause')}
            title={paused ? t('device.pause.resume') : t('device.pause.pause')}
            onClick={toggle}
          >
            <PauseShape paused={paused} />
          </ActionIcon>
        )}
      </div>
      <div className={classes.menu}>
        <DeviceMenu device={device} onCredentials={() => view.setTab('details')} />
      </div>
    </header>
  )
}

/** By itself: it changes with each reading, and the rest of the header takes long to render. */
function DeviceState({ device }: { device: Device }) {
  const { t } = useTranslation()
  const live = useDeviceLive(device.deviceId)
  const status = live?.status ?? device.status
  const lastSeenMs =
    live?.lastSeenMs ?? (device.lastSeen === undefined ? undefined : Date.parse(device.lastSeen))
  return (
    <span className={classes.state}>
      <StatusShape kind={status} />
      {t(`status.${status}`)}
      {lastSeenMs !== undefined && (
        <>
          <span aria-hidden="true">·</span>
          <Age atMs={lastSeenMs} />
        </>
      )}
    </span>
  )
}

/** Two moments, with the date said once where it is the same. */
function spanText(fromMs: number, toMs: number, { language, timeZone }: Format): string {
  return new Intl.DateTimeFormat(language, {
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    ...(timeZone !== undefined && { timeZone }),
  }).formatRange(fromMs, toMs)
}

function PauseShape({ paused }: { paused: boolean }) {
  return (
    <svg width="14" height="14" viewBox="0 0 16 16" aria-hidden="true" fill="currentColor">
      {paused ? <path d="M4 2.5 13 8l-9 5.5Z" /> : <path d="M4 3h3v10H4zM9 3h3v10H9z" />}
    </svg>
  )
}
