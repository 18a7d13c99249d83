import type { Reading } from '@iot/contracts'
import type { ReadingRow } from '@iot/ports'
import { toTimestamp } from './to-timestamp.js'

/** A stored reading as REST shows it. */
export function presentReading(row: ReadingRow): Reading {
  return {
    deviceId: row.deviceId,
    sensorType: row.sensorType,
    value: row.value,
    ...(row.unit !== undefined && { unit: row.unit }),
    timestamp: toTimestamp(row.timestampMs),
    status: 'normal',
    receivedAt: toTimestamp(row.receivedAtMs),
    ...(row.adjusted && { adjusted: true as const }),
  }
}
