import { type Static, Type } from 'typebox'
import { DeviceId } from './device-id.js'
import { Duration } from './duration.js'
import { Position } from './position.js'
import { Reading, SensorType, Timestamp } from './telemetry.js'

/** What a device (or its last will) may say of itself. */
export const ReportedStatus = Type.Union([
  Type.Literal('online'),
  Type.Literal('offline'),
  Type.Literal('maintenance'),
])
export type ReportedStatus = Static<typeof ReportedStatus>

/** What is known of a device: `unknown` until it has said something. */
export const DeviceStatus = Type.Union([ReportedStatus, Type.Literal('unknown')])
export type DeviceStatus = Static<typeof DeviceStatus>

/** A record of `device-status`. */
export const StatusRecord = Type.Object({
  deviceId: DeviceId,
  status: ReportedStatus,
  timestamp: Timestamp,
  /**
   * `reported` by the device or its last will; `heard`: a reading came from a device that was not online;
   * `silent` (always `offline`): nothing came for longer than is usual with it;
   * `removed` by a person (always `offline`): what was known of it up to `timestamp` is to be forgotten
   */
  cause: Type.Union([
    Type.Literal('reported'),
    Type.Literal('heard'),
    Type.Literal('silent'),
    Type.Literal('removed'),
  ]),
  /** of `silent`: when it was last heard of; the record counts only where nothing has come since */
  lastSeen: Type.Optional(Timestamp),
})
export type StatusRecord = Static<typeof StatusRecord>

/** The body of `device:status` and `device:all`. */
export const StatusEvent = Type.Object({
  deviceId: DeviceId,
  status: DeviceStatus,
  timestamp: Timestamp,
  location: Type.Optional(Type.String()),
  lastSeen: Type.Optional(Timestamp),
  position: Type.Optional(Position),
})
export type StatusEvent = Static<typeof StatusEvent>

export const DeviceName = Type.String({ minLength: 1, maxLength: 128 })
export const SiteName = Type.String({ minLength: 1, maxLength: 64 })
export const Tags = Type.Array(Type.String({ minLength: 1, maxLength: 32 }), {
  maxItems: 16,
  uniqueItems: true,
})

/** A sensor of a device with its newest reading by device time. */
export const Sensor = Type.Object({
  sensorType: SensorType,
  unit: Type.Optional(Type.String()),
  latest: Type.Optional(Reading),
})
export type Sensor = Static<typeof Sensor>

/** A device as REST shows it. */
export const Device = Type.Object({
  deviceId: DeviceId,
  name: DeviceName,
  status: DeviceStatus,
  location: Type.Optional(Type.String()),
  site: Type.Optional(SiteName),
  tags: Tags,
  attributes: Type.Record(Type.String(), Type.String()),
  lastSeen: Type.Optional(Timestamp),
  /** how often it is to be heard of, where a person said so; without it that is learned */
  expectedInterval: Type.Optional(Duration),
  createdAt: Timestamp,
  sensors: Type.Array(Sensor),
  /** readings refused because another value stands under the same (sensor, timestamp) */
  refusedValues: Type.Optional(Type.Integer({ minimum: 0 })),
})
export type Device = Static<typeof Device>

/** `device`: writes its own topics only. `gateway`: may name any device on `sensor/data`. */
export const CredentialKind = Type.Union([Type.Literal('device'), Type.Literal('gateway')])
export type CredentialKind = Static<typeof CredentialKind>
