import type { Device } from '@iot/contracts'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { paths } from '../../paths.js'
import { useFormat } from '../../ui/format.js'
import { StatusShape } from '../../ui/status-shape.js'
import { useNow } from '../../ui/use-now.js'
import classes from './maintenance.module.css'
import { useWindowsQuery } from './maintenance-api.js'
import { covers } from './window-form.js'

/** Says on the device’s page that it opens no alerts for now, and until when. */
export function DeviceMaintenance({ device }: { device: Pick<Device, 'deviceId' | 'site'> }) {
  const { t } = useTranslation()
  const format = useFormat()
  const nowMs = useNow(10_000)
  const { data } = useWindowsQuery()
  const over = (data?.items ?? [])
    .filter((window) => covers(window, device, nowMs))
    .map(({ to }) => Date.parse(to))
  if (over.length === 0) return null
  return (
    <Link to={paths.maintenance()} className={classes.notice}>
      <StatusShape kind="maintenance" />
      {t('maintenance.inForce', { time: format.time(Math.max(...over)) })}
    </Link>
  )
}
