import { isDeviceId } from '@iot/contracts'

/** What an MQTT topic that devices publish on is for. */
export type DeviceTopic =
  | { readonly kind: 'any-telemetry' }
  | { readonly kind: 'telemetry'; readonly deviceId: string }
  | { readonly kind: 'status'; readonly deviceId: string }
  | { readonly kind: 'bad-device-id' }
  | { readonly kind: 'unknown' }

const ANY_TELEMETRY: DeviceTopic = { kind: 'any-telemetry' }
const UNKNOWN: DeviceTopic = { kind: 'unknown' }
const PREFIX = 'devices/'

/** Reads `sensor/data` (or what it is called here), `devices/{deviceId}/telemetry` and `devices/{deviceId}/status`. */
export function parseDeviceTopic(topic: string, anyTelemetryTopic: string): DeviceTopic {
  if (topic === anyTelemetryTopic) return ANY_TELEMETRY
  if (!topic.startsWith(PREFIX)) return UNKNOWN
  const end = topic.indexOf('/', PREFIX.length)
  const kind = end < 0 ? '' : topic.slice(end + 1)
  if (kind !== 'telemetry' && kind !== 'status') return UNKNOWN
  const deviceId = topic.slice(PREFIX.length, end)
  return isDeviceId(deviceId) ? { kind, deviceId } : { kind: 'bad-device-id' }
}

/** Every topic of one device's own begins with this. */
export function deviceTopicPrefix(deviceId: string): string {
  return `${PREFIX}${deviceId}/`
}
