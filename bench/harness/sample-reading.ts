import type { Reading } from '@iot/contracts'

/** A reading as `live` publishes it: the one of this device at this place of the log. */
export function sampleReading(deviceId: string, partition: number, offset: number): Reading {
  return {
    deviceId,
    sensorType: 'temperature',
    value: 20 + (offset % 100) / 10,
    unit: '°C',
    timestamp: new Date().toISOString(),
    status: 'normal',
    location: 'Assembly Line 1',
    position: { partition, offset, index: 0 },
  }
}
