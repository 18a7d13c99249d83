import { memo } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { paths } from '../../paths.js'
import { useAppSelector } from '../../store.js'
import { Age } from '../../ui/age.js'
import { StatusShape } from '../../ui/status-shape.js'
import { useNow } from '../../ui/use-now.js'
import { Value } from '../../ui/value.js'
import { selectAlertSummary } from '../alerts/alert-summary.js'
import { healthOf } from '../devices/device-health.js'
import { DeviceTrail } from '../devices/device-trail.js'
import classes from './device-tile.module.css'

const LOOK_EVERY_MS = 2_000

/** One device: its name, how it is, its telling value with its age, and where it came from. */
export const DeviceTile = memo(function DeviceTile({ deviceId }: { deviceId: string }) {
  const { t } = useTranslation()
  const entry = useAppSelector((state) => state.devices.entities[deviceId])
  const nowMs = useNow(LOOK_EVERY_MS)
  const alert = useAppSelector((state) => selectAlertSummary(state).worstOf.get(deviceId))
  if (entry === undefined) return null
  const { kind, sensor, freshness } = healthOf(entry, nowMs, alert)
  return (
    <Link className={classes.tile!} data-kind={kind} to={paths.device(deviceId)}>
      <span className={classes.head}>
        <StatusShape kind={kind} label={t(`status.${kind}`)} />
        <span className={classes.name}>{entry.name}</span>
      </span>
      <span className={classes.reading}>
        <Value
          value={sensor?.latest?.value}
          {...(sensor?.unit !== undefined && { unit: sensor.unit })}
          freshness={freshness}
          severity={sensor?.latest?.status ?? 'normal'}
        />
        <span className={classes.sensor}>{sensor?.sensorType}</span>
      </span>
      <span className={classes.foot}>
        <Age atMs={sensor?.latestAtMs} freshness={freshness} worded />
        {sensor !== undefined && (
          <span className={classes.trail}>
            <DeviceTrail deviceId={deviceId} sensorType={sensor.sensorType} width={76} height={22} />
          </span>
        )}
      </span>
    </Link>
  )
})
