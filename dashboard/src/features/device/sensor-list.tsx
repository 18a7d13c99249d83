import { useTranslation } from 'react-i18next'
import { useDeviceLive } from '../../api/live-feed.js'
import { Age } from '../../ui/age.js'
import { useFormat } from '../../ui/format.js'
import { freshnessOf } from '../../ui/freshness.js'
import { useNow } from '../../ui/use-now.js'
import { Value } from '../../ui/value.js'
import classes from './device.module.css'

/** The last message of each sensor: value, age, and how often one usually comes. */
export function SensorList({ deviceId }: { deviceId: string }) {
  const { t } = useTranslation()
  const format = useFormat()
  const live = useDeviceLive(deviceId)
  const nowMs = useNow()
  const sensors = Object.values(live?.sensors ?? {}).sort((a, b) => a.sensorType.localeCompare(b.sensorType))
  if (live === undefined || sensors.length === 0)
    return <p className={classes.muted}>{t('device.never.title')}</p>
  return (
    <table className={classes.list}>
      <thead>
        <tr>
          <th scope="col">{t('device.table.sensor')}</th>
          <th scope="col" className={classes.end}>
            {t('device.table.value')}
          </th>
          <th scope="col" className={classes.after}>
            {t('device.table.time')}
          </th>
          <th scope="col">{t('device.details.interval')}</th>
        </tr>
      </thead>
      <tbody>
        {sensors.map(({ sensorType, unit, latest, latestAtMs, intervalMs }) => {
          const freshness = freshnessOf({ status: live.status, atMs: latestAtMs, intervalMs, nowMs })
          return (
            <tr key={sensorType}>
              <td>{sensorType}</td>
              <td className={classes.end}>
                <Value value={latest?.value} freshness={freshness} {...(unit !== undefined && { unit })} />
              </td>
              <td className={classes.after}>
                <Age atMs={latestAtMs} freshness={freshness} />
              </td>
              <td>{intervalMs === undefined ? t('device.details.none') : format.duration(intervalMs)}</td>
            </tr>
          )
        })}
      </tbody>
    </table>
  )
}
