import { memo } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { paths } from '../../paths.js'
import { useAppSelector } from '../../store.js'
import { Age } from '../../ui/age.js'
import { useFormat } from '../../ui/format.js'
import rowLink from '../../ui/row-link.module.css'
import { StatusShape } from '../../ui/status-shape.js'
import { useNow } from '../../ui/use-now.js'
import { Value } from '../../ui/value.js'
import { selectAlertSummary } from '../alerts/alert-summary.js'
import type { DeviceEntry, SensorEntry } from './device-entry.js'
import { healthOf, sensorFreshness } from './device-health.js'
import { DeviceTrail } from './device-trail.js'
import classes from './devices-table.module.css'

const LOOK_EVERY_MS = 2_000
const MOST_VALUES = 3

interface DeviceRowProps {
  deviceId: string
  index: number
  offsetPx: number
  heightPx: number
}

export const DeviceRow = memo(function DeviceRow({ deviceId, index, offsetPx, heightPx }: DeviceRowProps) {
  const { t } = useTranslation()
  const entry = useAppSelector((state) => state.devices.entities[deviceId])
  const nowMs = useNow(LOOK_EVERY_MS)
  const alert = useAppSelector((state) => selectAlertSummary(state).worstOf.get(deviceId))
  if (entry === undefined) return null
  const { kind, sensor, freshness } = healthOf(entry, nowMs, alert)
  const place = { transform: `translateY(${offsetPx}px)`, height: heightPx }
  return (
    // biome-ignore lint/a11y/useSemanticElements: rows are placed by their offset, which a <tr> can't be
    // biome-ignore lint/a11y/useFocusableInteractive: its link is
    <div role="row" className={classes.row} style={place} data-index={index} aria-rowindex={index + 2}>
      <Cell name="status">
        <StatusShape kind={kind} />
        <span>{t(`status.${kind}`)}</span>
      </Cell>
      <Cell name="name">
        <Link to={paths.device(deviceId)} className={rowLink.wholeRow}>
          {entry.name}
        </Link>
      </Cell>
      <Cell name="site">{entry.site ?? ''}</Cell>
      <Cell name="values">
        <Values entry={entry} first={sensor} nowMs={nowMs} />
      </Cell>
      <Cell name="trend">
        {sensor !== undefined && (
          <DeviceTrail deviceId={deviceId} sensorType={sensor.sensorType} width={104} height={22} />
        )}
      </Cell>
      <Cell name="age">
        <Age atMs={sensor?.latestAtMs} freshness={freshness} />
      </Cell>
      <Cell name="lastSeen">
        <LastSeen atMs={entry.lastSeenMs} />
      </Cell>
    </div>
  )
})

function Cell({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: see DeviceRow
    <span role="cell" className={classes[name]}>
      {children}
    </span>
  )
}

/** The telling sensor first, then the others by name, as many as have room. */
function Values({
  entry,
  first,
  nowMs,
}: {
  entry: DeviceEntry
  first: SensorEntry | undefined
  nowMs: number
}) {
  const others = Object.values(entry.sensors)
    .filter((sensor) => sensor !== first)
    .sort((one, other) => (one.sensorType < other.sensorType ? -1 : 1))
  const sensors = (first === undefined ? others : [first, ...others]).slice(0, MOST_VALUES)
  return sensors.map((sensor) => (
    <span key={sensor.sensorType} className={classes.reading} title={sensor.sensorType}>
      <Value
        size="sm"
        value={sensor.latest?.value}
        {...(sensor.unit !== undefined && { unit: sensor.unit })}
        freshness={sensorFreshness(entry, sensor, nowMs)}
        severity={sensor.latest?.status ?? 'normal'}
      />
    </span>
  ))
}

function LastSeen({ atMs }: { atMs: number | undefined }) {
  const { t } = useTranslation()
  const format = useFormat()
  if (atMs === undefined) return t('age.never')
  return (
    <time dateTime={new Date(atMs).toISOString()} title={format.absolute(atMs)}>
      {format.time(atMs)}
    </time>
  )
}
