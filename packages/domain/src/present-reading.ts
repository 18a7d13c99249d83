import type { Reading } from '@iot/contracts'

/** A reading as the store has it: times in ms since 1970. */
interface StoredReading {
  readonly deviceId: string
  readonly sensorType: string
  readonly value: number
  readonly unit?: string
  readonly timestampMs: number
  readonly receivedAtMs: number
  readonly adjusted: boolean
}

/** A stored reading as the contract shows it. */
export function presentReading(stored: StoredReading): Reading {
  return {
    deviceId: stored.deviceId,
    sensorType: stored.sensorType,
    value: stored.value,
    ...(stored.unit !== undefined && { unit: stored.unit }),
    timestamp: new Date(stored.timestampMs).toISOString(),
    status: 'normal',
    receivedAt: new Date(stored.receivedAtMs).toISOString(),
    ...(stored.adjusted && { adjusted: true as const }),
  }
}
