import { type Static, Type } from 'typebox'
import { DeviceId } from './device-id.js'
import { Position } from './position.js'

/** Bounds on what one MQTT message may hold; beyond them it is a dead letter. */
export const TELEMETRY_LIMITS = {
  /** elements of an array payload */
  elements: 1_000,
  /** readings of one element or of one record */
  readings: 1_000,
  /** distinct sensors a device may have */
  sensorsPerDevice: 256,
  /** characters of a sensor type, a unit, a location or an attribute's name */
  nameLength: 64,
  /** characters of a string attribute */
  attributeLength: 256,
  /** string attributes of one message */
  attributes: 32,
  /** nesting of a JSON payload */
  depth: 6,
} as const

export const SensorType = Type.String({ minLength: 1, maxLength: TELEMETRY_LIMITS.nameLength })
export const Timestamp = Type.String({
  pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z$',
  description: 'ISO 8601, UTC, milliseconds.',
})

/** One reading inside a record of `sensors-data`. A reading is identified by (deviceId, sensorType, timestamp). */
export const RecordedReading = Type.Object({
  sensorType: SensorType,
  value: Type.Number(),
  unit: Type.Optional(Type.String({ maxLength: TELEMETRY_LIMITS.nameLength })),
  timestamp: Timestamp,
  /** the device's clock was not to be trusted: `timestamp` is the time of arrival */
  adjusted: Type.Optional(Type.Literal(true)),
})
export type RecordedReading = Static<typeof RecordedReading>

/** A record of `sensors-data`: what one accepted device message held of one device. Never split. */
export const ReadingsRecord = Type.Object({
  deviceId: DeviceId,
  receivedAt: Timestamp,
  readings: Type.Array(RecordedReading, { maxItems: TELEMETRY_LIMITS.readings }),
  location: Type.Optional(Type.String({ maxLength: TELEMETRY_LIMITS.attributeLength })),
  attributes: Type.Optional(
    Type.Record(Type.String(), Type.String({ maxLength: TELEMETRY_LIMITS.attributeLength })),
  ),
})
export type ReadingsRecord = Static<typeof ReadingsRecord>

export const ReadingStatus = Type.Union([
  Type.Literal('normal'),
  Type.Literal('warning'),
  Type.Literal('critical'),
])
export type ReadingStatus = Static<typeof ReadingStatus>

/** The body of `sensor:reading`, `sensor:data` and `sensor:all`, and of a reading over REST. */
export const Reading = Type.Object({
  deviceId: DeviceId,
  sensorType: SensorType,
  value: Type.Number(),
  unit: Type.Optional(Type.String()),
  timestamp: Timestamp,
  status: ReadingStatus,
  location: Type.Optional(Type.String()),
  receivedAt: Type.Optional(Timestamp),
  adjusted: Type.Optional(Type.Literal(true)),
  position: Type.Optional(Position),
})
export type Reading = Static<typeof Reading>

/** A span of time reduced to what a chart needs; the global minimum and maximum survive. */
export const ReadingBucket = Type.Object({
  sensorType: SensorType,
  /** start of the bucket, a multiple of its width in UTC */
  timestamp: Timestamp,
  count: Type.Integer({ minimum: 1 }),
  min: Type.Number(),
  max: Type.Number(),
  avg: Type.Number(),
  last: Type.Number(),
})
export type ReadingBucket = Static<typeof ReadingBucket>
