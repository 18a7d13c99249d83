import { type Static, Type } from 'typebox'
import { Timestamp } from './telemetry.js'

/** Why a message was refused. The detail says it in words. */
export const DEAD_LETTER_REASONS = [
  'empty',
  'not-json',
  'too-deep',
  'too-many',
  'bad-shape',
  'bad-device-id',
  'device-mismatch',
  'bad-sensor',
  'bad-value',
  'bad-timestamp',
  'no-readings',
  'bad-status',
  'unknown-topic',
  'too-many-sensors',
  'too-many-devices',
] as const
export type DeadLetterReason = (typeof DEAD_LETTER_REASONS)[number]
export const DeadLetterReason = Type.Enum([...DEAD_LETTER_REASONS])

/** A record of `sensors-data.dead`: a message nobody could read, whole, with the reason. */
export const DeadLetterRecord = Type.Object({
  reason: DeadLetterReason,
  detail: Type.String({ maxLength: 512 }),
  /** the MQTT topic it came on */
  topic: Type.String({ maxLength: 1024 }),
  clientId: Type.Optional(Type.String({ maxLength: 256 })),
  receivedAt: Timestamp,
  payload: Type.Optional(Type.String()),
  /** instead of `payload` where the bytes are not UTF-8 */
  payloadBase64: Type.Optional(Type.String()),
})
export type DeadLetterRecord = Static<typeof DeadLetterRecord>

export const DeadLetterState = Type.Union([
  Type.Literal('new'),
  Type.Literal('replayed'),
  Type.Literal('discarded'),
])

/** A dead letter as REST shows it to operators. */
export const DeadLetter = Type.Object({
  id: Type.String(),
  ...DeadLetterRecord.properties,
  state: DeadLetterState,
})
export type DeadLetter = Static<typeof DeadLetter>
