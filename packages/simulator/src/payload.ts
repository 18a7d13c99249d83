import type { DeviceModel, SensorModel } from './device-model.js'
import { valueAt } from './value-at.js'

interface Measured {
  readonly sensorType: string
  readonly value: number
  readonly unit?: string
  readonly timestamp: string
}

/** A message of one device: where it goes, and what it says. */
export interface Message {
  readonly topic: string
  readonly payload: string
}

/**
 * What a device sends of one moment, in the form it speaks. A gateway speaks for its devices on `sensor/data`; by
 * itself a device uses its own topic, or `sensor/data` where its form is one of the older ones.
 */
export function messagesAt(
  device: DeviceModel,
  seed: number,
  ms: number,
  options: { sharedTopic: string },
): Message[] {
  const { deviceId, location } = device
  const timestamp = new Date(ms).toISOString()
  const measured = device.sensors.map((sensor) => measure(device, seed, sensor, ms, timestamp))
  const topic = options.sharedTopic
  switch (device.form) {
    case 'flat': {
      const values = Object.fromEntries(measured.map(({ sensorType, value }) => [sensorType, value]))
      return [{ topic, payload: JSON.stringify({ deviceId, ...values, timestamp, location }) }]
    }
    case 'single':
      return measured.map((one) => ({ topic, payload: JSON.stringify({ deviceId, ...one, location }) }))
    case 'several':
      return [{ topic, payload: JSON.stringify({ deviceId, location, readings: measured }) }]
  }
}

/** What a device measured over a span, as one array payload: `steps` moments from `fromMs` on. */
export function pastMessage(
  device: DeviceModel,
  seed: number,
  span: { fromMs: number; steps: number; stepMs: number },
  options: { sharedTopic: string },
): Message {
  const moments = Array.from({ length: span.steps }, (_, step) => {
    const ms = span.fromMs + step * span.stepMs
    const timestamp = new Date(ms).toISOString()
    return {
      deviceId: device.deviceId,
      readings: device.sensors.map((sensor) => measure(device, seed, sensor, ms, timestamp)),
    }
  })
  return { topic: options.sharedTopic, payload: JSON.stringify(moments) }
}

function measure(
  device: DeviceModel,
  seed: number,
  sensor: SensorModel,
  ms: number,
  timestamp: string,
): Measured {
  const { sensorType, unit } = sensor
  const value = valueAt(seed, device.deviceId, sensor, ms)
  return { sensorType, value, ...(unit !== undefined && { unit }), timestamp }
}
