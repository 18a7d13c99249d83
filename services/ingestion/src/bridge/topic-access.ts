import { deviceTopicPrefix } from '@iot/domain'
import type { DeviceIdentity } from '@iot/ports'

/**
 * Who may publish where: a device on its own topics, a gateway also where messages name their device themselves,
 * anonymous clients (which are let in by address) everywhere. Commands go to devices, never from them.
 */
export function mayPublish(identity: DeviceIdentity, topic: string, anyTelemetryTopic: string): boolean {
  if (identity.kind === 'anonymous') return true
  if (topic === anyTelemetryTopic) return identity.kind === 'gateway'
  const own = deviceTopicPrefix(identity.deviceId)
  return topic.startsWith(own) && topic !== `${own}commands`
}

/** Who may listen where: devices and gateways to their own topics alone. */
export function maySubscribe(identity: DeviceIdentity, filter: string): boolean {
  return identity.kind === 'anonymous' || filter.startsWith(deviceTopicPrefix(identity.deviceId))
}
