import { type Freshness, freshnessOf } from '../../ui/freshness.js'
import type { ShapeKind } from '../../ui/status-shape.js'
import { type DeviceEntry, mainSensor, type SensorEntry } from './device-entry.js'

export type Severity = 'warning' | 'critical'
export type HealthKind = Exclude<ShapeKind, 'info'>

/** What a device looks like now, worst fact first. */
export interface DeviceHealth {
  /** `critical` and `warning` are values; the rest is the device itself */
  kind: HealthKind
  /** the sensor a tile shows: the one that is wrong, else the most telling */
  sensor?: SensorEntry
  freshness: Freshness
  /** a person should look */
  attention: boolean
  /** 0 is worst */
  rank: number
}

const RANKS: Record<HealthKind, number> = {
  critical: 0,
  offline: 1,
  warning: 2,
  stale: 3,
  maintenance: 4,
  unknown: 5,
  online: 6,
}

/** `alert`: the worst that is active on the device, which a silent sensor has although its value is old. */
export function healthOf(entry: DeviceEntry, nowMs: number, alert?: Severity): DeviceHealth {
  const sensor = mainSensor(entry)
  const freshness = sensorFreshness(entry, sensor, nowMs)
  const kind = kindOf(entry, { sensor, nowMs, alert })
  return {
    kind,
    freshness,
    ...(sensor !== undefined && { sensor }),
    attention: kind === 'critical' || kind === 'offline' || kind === 'warning' || kind === 'stale',
    rank: RANKS[kind],
  }
}

export function sensorFreshness(
  { status }: Pick<DeviceEntry, 'status'>,
  sensor: SensorEntry | undefined,
  nowMs: number,
): Freshness {
  return freshnessOf({ status, atMs: sensor?.latestAtMs, intervalMs: sensor?.intervalMs, nowMs })
}

/** A value's severity speaks only while the device does: an old alarm of a dead device is its being dead. */
function kindOf(
  entry: DeviceEntry,
  { sensor, nowMs, alert }: { sensor: SensorEntry | undefined; nowMs: number; alert: Severity | undefined },
): HealthKind {
  if (entry.status === 'maintenance') return 'maintenance'
  if (entry.status === 'offline') return 'offline'
  const reading = sensor?.latest?.status
  if (reading === 'critical' || alert === 'critical') return 'critical'
  if (reading === 'warning' || alert === 'warning') return 'warning'
  if (sensor === undefined) return entry.status === 'online' ? 'online' : 'unknown'
  return isSilent(entry, nowMs) ? 'stale' : 'online'
}

/** One dead sensor is that sensor's look; the device is stale when none of its sensors is fresh. */
function isSilent(entry: DeviceEntry, nowMs: number): boolean {
  return Object.values(entry.sensors).every(
    (sensor) => sensor.latest === undefined || sensorFreshness(entry, sensor, nowMs) === 'stale',
  )
}
