import { type DeadLetterRecord, TOPICS } from '@iot/contracts'
import { parseDeviceTopic, refusal } from '@iot/domain'
import { type DeviceMessage, type EventLog, LogError } from '@iot/ports'
import type { Logger } from '@iot/runtime'
import type { BridgeMetrics } from '../../metrics.js'
import { deadLetterRecord } from './dead-letter-record.js'
import { deadLetter, type Outcome } from './outcome.js'

export interface AppendDeps {
  readonly log: EventLog
  readonly logger: Logger
  readonly metrics: BridgeMetrics
}

/**
 * Puts an outcome into the log; resolves when it is durable. What the log refuses for its shape becomes a dead
 * letter, and a dead letter that it refuses is logged: neither is worth a connection. Rejects when the log
 * can't take it now.
 */
export function appendOutcome(outcome: Outcome, message: DeviceMessage, deps: AppendDeps): Promise<void> {
  return append(outcome, message, deps.log).then(
    () => count(outcome, deps.metrics),
    (error: unknown) => recover(error, outcome, message, deps),
  )
}

function append(outcome: Outcome, message: DeviceMessage, log: EventLog): Promise<unknown> {
  switch (outcome.kind) {
    case 'readings':
      return log.append(TOPICS.sensorsData, outcome.record.deviceId, outcome.record)
    case 'status':
      return log.append(TOPICS.deviceStatus, outcome.record.deviceId, outcome.record)
    case 'dead-letter': {
      const record = deadLetterRecord(outcome.refusal, message)
      return log.append<DeadLetterRecord>(TOPICS.deadLetters, keyOf(message), record)
    }
  }
}

function count(outcome: Outcome, metrics: BridgeMetrics): void {
  if (outcome.kind === 'readings') metrics.readings.inc(outcome.record.readings.length)
  else if (outcome.kind === 'status') metrics.statusReports.inc()
  else metrics.deadLetters.inc({ reason: outcome.refusal.reason })
}

async function recover(
  error: unknown,
  outcome: Outcome,
  message: DeviceMessage,
  deps: AppendDeps,
): Promise<void> {
  if (!(error instanceof LogError) || error.code !== 'LOG_SCHEMA') throw error
  if (outcome.kind === 'dead-letter') {
    deps.logger.error({ err: error, topic: message.topic }, 'a dead letter does not fit its schema')
    return
  }
  deps.logger.error({ err: error, topic: message.topic }, 'a record does not fit its schema')
  await appendOutcome(deadLetter(refusal('bad-shape', error.message)), message, deps)
}

/** Dead letters of one device stay in order; where no device is known, those of one client. */
function keyOf(message: DeviceMessage): string {
  const topic = parseDeviceTopic(message.topic, '')
  if ('deviceId' in topic) return topic.deviceId
  if (message.identity.kind !== 'anonymous') return message.identity.deviceId
  return message.clientId.slice(0, 64) || 'unknown'
}
