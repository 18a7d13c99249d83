import { type ClockPolicy, parseDeviceTopic, parseStatus, parseTelemetry, quoted, refusal } from '@iot/domain'
import type { DeviceMessage } from '@iot/ports'
import { deadLetter, type Outcome } from './outcome.js'

/** Reads a message by what its topic is for: one outcome per device and per refused part. Never throws. */
export function readMessage(
  message: DeviceMessage,
  deps: { anyTelemetryTopic: string; policy: ClockPolicy },
): Outcome[] {
  const topic = parseDeviceTopic(message.topic, deps.anyTelemetryTopic)
  switch (topic.kind) {
    case 'any-telemetry':
      return readTelemetry(message, undefined, deps.policy)
    case 'telemetry':
      return readTelemetry(message, topic.deviceId, deps.policy)
    case 'status':
      return [readStatus(message, topic.deviceId, deps.policy)]
    case 'bad-device-id':
      return [deadLetter(refusal('bad-device-id', `${quoted(message.topic)} names no device id`))]
    case 'unknown':
      return [deadLetter(refusal('unknown-topic', `nothing listens on ${quoted(message.topic)}`))]
  }
}

function readTelemetry(
  message: DeviceMessage,
  topicDeviceId: string | undefined,
  policy: ClockPolicy,
): Outcome[] {
  const { payload, receivedAtMs } = message
  const { accepted, refused } = parseTelemetry({ topicDeviceId, payload, receivedAtMs, policy })
  // The usual message: a list that grows from nothing has room for sixteen more.
  if (accepted.length === 1 && refused.length === 0) return [{ kind: 'readings', record: accepted[0]! }]
  const outcomes: Outcome[] = []
  for (const record of accepted) outcomes.push({ kind: 'readings', record })
  for (const one of refused) outcomes.push(deadLetter(one))
  return outcomes
}

function readStatus(message: DeviceMessage, topicDeviceId: string, policy: ClockPolicy): Outcome {
  const { payload, receivedAtMs } = message
  const status = parseStatus({ topicDeviceId, payload, receivedAtMs, policy })
  return status.ok ? { kind: 'status', record: status.record } : deadLetter(status.refusal)
}
