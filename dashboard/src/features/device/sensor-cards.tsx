import { useTranslation } from 'react-i18next'
import { useDeviceStatus, useSensorLive } from '../../api/live-feed.js'
import { Age } from '../../ui/age.js'
import { useFormat } from '../../ui/format.js'
import { freshnessOf } from '../../ui/freshness.js'
import { endsOf } from '../../ui/time-chart/summarize.js'
import { windowEdges } from '../../ui/time-chart/time-window.js'
import { useNow } from '../../ui/use-now.js'
import { Value } from '../../ui/value.js'
import classes from './device.module.css'
import type { DeviceHistories } from './device-histories.js'
import { useSensorHistory } from './use-device-histories.js'
import type { DeviceView } from './use-device-view.js'

export interface SensorsProps {
  readonly deviceId: string
  readonly sensorTypes: readonly string[]
  readonly histories: DeviceHistories
  readonly view: DeviceView
}

/** More than these would push the charts off the page; their charts say the same below. */
const MAX_CARDS = 12
const TREND_EVERY_MS = 5_000

/** The newest value of each sensor, with its age and where it came from. */
export function SensorCards({ deviceId, sensorTypes, histories, view }: SensorsProps) {
  const { t } = useTranslation()
  return (
    <ul className={classes.cards} aria-label={t('device.cards.label')}>
      {sensorTypes.slice(0, MAX_CARDS).map((sensorType) => (
        <SensorCard
          key={sensorType}
          deviceId={deviceId}
          sensorType={sensorType}
          histories={histories}
          view={view}
        />
      ))}
    </ul>
  )
}

interface SensorCardProps extends Omit<SensorsProps, 'sensorTypes'> {
  readonly sensorType: string
}

function SensorCard({ deviceId, sensorType, histories, view }: SensorCardProps) {
  const { t } = useTranslation()
  const status = useDeviceStatus(deviceId)
  const sensor = useSensorLive(deviceId, sensorType)
  const nowMs = useNow()
  const freshness = freshnessOf({
    status: status ?? 'unknown',
    atMs: sensor?.latestAtMs,
    intervalMs: sensor?.intervalMs,
    nowMs,
  })
  return (
    <li className={classes.card} data-freshness={freshness}>
      <span className={classes.cardName} title={sensorType}>
        {sensorType}
      </span>
      <Value
        size="lg"
        value={sensor?.latest?.value}
        freshness={freshness}
        severity={sensor?.latest?.status ?? 'normal'}
        {...(sensor?.unit !== undefined && { unit: sensor.unit })}
      />
      <span className={classes.cardFoot}>
        {sensor?.latestAtMs === undefined ? (
          t('device.cards.none')
        ) : (
          <>
            <Age atMs={sensor.latestAtMs} freshness={freshness} />
            <Trend histories={histories} sensorType={sensorType} view={view} latest={sensor.latest?.value} />
          </>
        )}
      </span>
    </li>
  )
}

interface TrendProps {
  readonly histories: DeviceHistories
  readonly sensorType: string
  readonly view: DeviceView
  readonly latest: number | undefined
}

/** How far the value has moved over the range: from the first point on show to the newest. */
function Trend({ histories, sensorType, view, latest }: TrendProps) {
  const { t } = useTranslation()
  const format = useFormat()
  const { series, status } = useSensorHistory(histories, sensorType)
  const nowMs = useNow(TREND_EVERY_MS)
  if (series === undefined || status !== 'ready') return null
  const ends = endsOf(series, ...windowEdges(view.window, nowMs, series.newestMs))
  const last = view.window.kind === 'last' ? latest : ends?.last
  if (ends === undefined || last === undefined || ends.points < 2) return null
  const change = last - ends.first
  const amount = format.rough(Math.abs(change))
  const text = change === 0 ? '=' : `${change > 0 ? '▲ +' : '▼ −'}${amount}`
  return (
    <span>
      {view.window.kind === 'last'
        ? t('device.cards.trend', { change: text, span: format.duration(view.window.ms) })
        : t('device.cards.trendFixed', { change: text })}
    </span>
  )
}
