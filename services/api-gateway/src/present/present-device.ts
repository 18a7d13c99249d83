import type { Device, Sensor } from '@iot/contracts'
import type { DeviceRow, DeviceState } from '@iot/ports'
import { toDuration } from './to-duration.js'
import { toTimestamp } from './to-timestamp.js'

/** A device as REST shows it: what is kept of it, with what is known of it live. */
export function presentDevice(row: DeviceRow, state: DeviceState | undefined): Device {
  const location = row.location ?? state?.location
  return {
    deviceId: row.deviceId,
    name: row.name,
    status: state?.status ?? 'unknown',
    ...(location !== undefined && { location }),
    ...(row.site !== undefined && { site: row.site }),
    tags: [...row.tags],
    attributes: { ...row.attributes },
    ...(state?.lastSeen !== undefined && { lastSeen: state.lastSeen }),
    ...(row.expectedIntervalMs !== undefined && { expectedInterval: toDuration(row.expectedIntervalMs) }),
    createdAt: toTimestamp(row.createdAtMs),
    sensors: presentSensors(row, state),
    refusedValues: row.refusedValues,
  }
}

/** A sensor that `live` has heard of and the store not yet is one as well: the store is a moment behind. */
function presentSensors(row: DeviceRow, state: DeviceState | undefined): Sensor[] {
  const sensors = new Map<string, Sensor>()
  for (const { sensorType, unit } of row.sensors) {
    sensors.set(sensorType, { sensorType, ...(unit !== undefined && { unit }) })
  }
  for (const latest of state?.readings ?? []) {
    const { sensorType } = latest
    const unit = latest.unit ?? sensors.get(sensorType)?.unit
    sensors.set(sensorType, { sensorType, ...(unit !== undefined && { unit }), latest })
  }
  return [...sensors.values()].sort(bySensorType)
}

export function bySensorType(a: { sensorType: string }, b: { sensorType: string }): number {
  return a.sensorType < b.sensorType ? -1 : a.sensorType > b.sensorType ? 1 : 0
}
