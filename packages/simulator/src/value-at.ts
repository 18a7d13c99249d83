import type { SensorModel } from './device-model.js'
import { chance, smoothNoise } from './noise.js'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const WEEK_MS = 7 * DAY_MS
/** Meters began to count here, so that they show the same at the same time whoever asks. */
const METER_EPOCH_MS = Date.UTC(2020, 0, 1)

/**
 * What a sensor of a device measures at a time (ms since 1970): the same answer for the same question, so that
 * a past that is sent twice is the same past, and meets the present without a seam.
 */
export function valueAt(seed: number, deviceId: string, sensor: SensorModel, ms: number): number {
  return rounded(sensor, raw(seed, `${deviceId} ${sensor.sensorType}`, sensor, ms))
}

function raw(seed: number, name: string, sensor: SensorModel, ms: number): number {
  if (sensor.on !== undefined) return chance(seed, name, Math.floor(ms / (4 * 60_000))) < sensor.on ? 1 : 0
  if (sensor.perHour !== undefined) {
    const counted = sensor.base + ((ms - METER_EPOCH_MS) / HOUR_MS) * sensor.perHour
    // No two meters show the same: each has a pace of its own.
    return counted * (0.5 + chance(seed, name))
  }
  const hour = (ms % DAY_MS) / HOUR_MS
  const rhythm = (sensor.swing ?? 0) * Math.cos((2 * Math.PI * (hour - (sensor.peakHour ?? 8))) / 24)
  const work = (sensor.work ?? 0) * working(hour)
  const wander =
    0.5 * smoothNoise(seed, name, ms, 6 * HOUR_MS) +
    0.35 * smoothNoise(seed, name, ms, 20 * 60_000) +
    0.15 * (2 * chance(seed, name, ms) - 1)
  const drift = ((sensor.driftPerDay ?? 0) * (ms % WEEK_MS)) / DAY_MS
  return sensor.base + rhythm + work + sensor.noise * wander + drift
}

/** 1 in working hours, 0 at night, an hour of ramp on either side. */
function working(hour: number): number {
  return Math.max(0, Math.min(1, hour - 5, 23 - hour))
}

function rounded(sensor: SensorModel, value: number): number {
  const bounded = Math.min(sensor.max ?? Number.POSITIVE_INFINITY, Math.max(sensor.min ?? -Infinity, value))
  const scale = 10 ** sensor.decimals
  return Math.round(bounded * scale) / scale
}
