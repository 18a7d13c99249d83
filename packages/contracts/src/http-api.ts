import { type Static, type TSchema, Type } from 'typebox'
import { DeadLetter, DeadLetterState } from './dead-letter.js'
import { CredentialKind, Device, DeviceName, DeviceStatus, SiteName, Tags } from './device.js'
import { DeviceId } from './device-id.js'
import { Duration } from './duration.js'
import { FieldFault } from './field-faults.js'
import { Reading, ReadingBucket, SensorType, Timestamp } from './telemetry.js'
import { Password, Role, SessionUser, Sites, Username } from './user.js'

/** RFC 9457, with a `code` of ours and the id of the request. */
export const Problem = Type.Object({
  type: Type.String(),
  title: Type.String(),
  status: Type.Integer(),
  detail: Type.Optional(Type.String()),
  code: Type.String(),
  requestId: Type.Optional(Type.String()),
  /** the fields that are wrong, with what is wrong */
  errors: Type.Optional(Type.Array(FieldFault)),
})
export type Problem = Static<typeof Problem>

/** A page of a list; without `nextCursor` it is the last. */
export function pageOf<Item extends TSchema>(item: Item) {
  return Type.Object({ items: Type.Array(item), nextCursor: Type.Optional(Type.String()) })
}

export const PAGE_LIMIT = { default: 100, max: 1_000 } as const
export const PageQuery = {
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: PAGE_LIMIT.max, default: PAGE_LIMIT.default })),
  cursor: Type.Optional(Type.String({ maxLength: 512 })),
}

export { Duration }

// --- auth
export const LoginRequest = Type.Object(
  {
    username: Type.String({ minLength: 1, maxLength: 64 }),
    password: Type.String({ minLength: 1, maxLength: 256 }),
    /** false: the refresh token comes in the body, for clients that keep no cookies */
    cookie: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
)
export const LoginAnswer = Type.Object({
  accessToken: Type.String(),
  /** seconds */
  expiresIn: Type.Integer(),
  user: SessionUser,
  refreshToken: Type.Optional(Type.String()),
})
export type LoginAnswer = Static<typeof LoginAnswer>
export const RefreshRequest = Type.Object(
  { refreshToken: Type.Optional(Type.String({ maxLength: 256 })) },
  { additionalProperties: false },
)
export const Me = Type.Object({ user: SessionUser })

/** Whether the first administrator is still to be made. */
export const SetupState = Type.Object({ needed: Type.Boolean() })
export const SetupRequest = Type.Object(
  { token: Type.String({ minLength: 1, maxLength: 256 }), username: Username, password: Password },
  { additionalProperties: false },
)

// --- users
export const OwnPasswordChange = Type.Object(
  {
    currentPassword: Type.String({ minLength: 1, maxLength: 256 }),
    newPassword: Password,
    /** false: the refresh token of the new session comes in the body */
    cookie: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
)
/** A user as administrators see them; without `sites` every device exists for them. */
export const User = Type.Object({
  id: Type.String(),
  username: Username,
  role: Role,
  sites: Type.Optional(Sites),
  /** shut out: may not log in */
  disabled: Type.Boolean(),
  createdAt: Timestamp,
})
export type User = Static<typeof User>
export const UserCreation = Type.Object(
  { username: Username, password: Password, role: Role, sites: Type.Optional(Sites) },
  { additionalProperties: false },
)
export type UserCreation = Static<typeof UserCreation>
export const UserPatch = Type.Object(
  {
    role: Type.Optional(Role),
    /** null: all sites */
    sites: Type.Optional(Type.Union([Sites, Type.Null()])),
    disabled: Type.Optional(Type.Boolean()),
    password: Type.Optional(Password),
  },
  { additionalProperties: false, minProperties: 1 },
)
export type UserPatch = Static<typeof UserPatch>
export const UsersQuery = Type.Object({ ...PageQuery }, { additionalProperties: false })
export const UserPage = pageOf(User)
export type UserPage = Static<typeof UserPage>

// --- devices
export const DeviceChange = Type.Object(
  {
    name: Type.Optional(DeviceName),
    location: Type.Optional(Type.Union([Type.String({ maxLength: 256 }), Type.Null()])),
    site: Type.Optional(Type.Union([SiteName, Type.Null()])),
    tags: Type.Optional(Tags),
    /** null: it is learned again */
    expectedInterval: Type.Optional(Type.Union([Duration, Type.Null()])),
  },
  { additionalProperties: false, minProperties: 1 },
)
export type DeviceChange = Static<typeof DeviceChange>
export const DeviceCreation = Type.Object(
  {
    deviceId: DeviceId,
    name: Type.Optional(DeviceName),
    location: Type.Optional(Type.String({ maxLength: 256 })),
    site: Type.Optional(SiteName),
    tags: Type.Optional(Tags),
    expectedInterval: Type.Optional(Duration),
  },
  { additionalProperties: false },
)
export const DevicesQuery = Type.Object(
  {
    ...PageQuery,
    search: Type.Optional(Type.String({ maxLength: 128 })),
    status: Type.Optional(DeviceStatus),
    site: Type.Optional(SiteName),
    tag: Type.Optional(Type.String({ maxLength: 32 })),
  },
  { additionalProperties: false },
)
export const DevicePage = pageOf(Device)
export type DevicePage = Static<typeof DevicePage>

export const CredentialRequest = Type.Object(
  { kind: Type.Optional(CredentialKind) },
  { additionalProperties: false },
)
/** A credential; `password` is shown once, when it is made. */
export const Credential = Type.Object({
  id: Type.String(),
  deviceId: DeviceId,
  kind: CredentialKind,
  username: Type.String(),
  createdAt: Timestamp,
  password: Type.Optional(Type.String()),
})
export type Credential = Static<typeof Credential>

// --- readings
export const Latest = pageOf(Reading)
/** What a dashboard polls while its sockets fail, so its pages are large. */
export const LATEST_LIMIT = { default: 1_000, max: 10_000 } as const
export const LatestQuery = Type.Object(
  {
    ...PageQuery,
    limit: Type.Optional(
      Type.Integer({ minimum: 1, maximum: LATEST_LIMIT.max, default: LATEST_LIMIT.default }),
    ),
  },
  { additionalProperties: false },
)
export const ReadingsQuery = Type.Object(
  {
    ...PageQuery,
    sensorType: Type.Optional(SensorType),
    from: Type.Optional(Type.String({ maxLength: 40 })),
    to: Type.Optional(Type.String({ maxLength: 40 })),
    bucket: Type.Optional(Duration),
    maxPoints: Type.Optional(Type.Integer({ minimum: 2, maximum: 5_000 })),
  },
  { additionalProperties: false },
)
export const ReadingsPage = pageOf(Type.Union([Reading, ReadingBucket]))

// --- system
export const DeadLettersQuery = Type.Object(
  { ...PageQuery, state: Type.Optional(DeadLetterState) },
  { additionalProperties: false },
)
export const DeadLetterPage = pageOf(DeadLetter)
export type DeadLetterPage = Static<typeof DeadLetterPage>
export const ComponentHealth = Type.Enum(['healthy', 'degraded', 'down'])
export type ComponentHealth = Static<typeof ComponentHealth>
/** The body of `system:status`. */
export const SystemStatusEvent = Type.Object({
  status: ComponentHealth,
  timestamp: Timestamp,
  /** seconds */
  uptime: Type.Number(),
  services: Type.Record(Type.String(), ComponentHealth),
  metrics: Type.Object({
    activeDevices: Type.Integer(),
    totalDevices: Type.Integer(),
    dataPointsPerMinute: Type.Integer(),
    activeAlerts: Type.Integer(),
  }),
})
export type SystemStatusEvent = Static<typeof SystemStatusEvent>
export const SystemStatus = Type.Object({ ...SystemStatusEvent.properties, version: Type.String() })
export type SystemStatus = Static<typeof SystemStatus>
export const MqttStatus = Type.Object({ connected: Type.Boolean() })

/** What the dashboard asks its own origin for, so that one build serves every place. */
export const DashboardConfig = Type.Object({
  /** empty: the page’s own origin */
  socketUrl: Type.String(),
  socketPath: Type.String(),
  apiUrl: Type.String(),
  version: Type.String(),
  /** host and port that a device should publish to, for the copyable lines; no host: the page's own */
  mqtt: Type.Object({ host: Type.Optional(Type.String()), port: Type.Integer() }),
  demo: Type.Boolean(),
})
export type DashboardConfig = Static<typeof DashboardConfig>
