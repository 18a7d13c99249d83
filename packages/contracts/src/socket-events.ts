import { type Static, type TSchema, Type } from 'typebox'
import { AlertEvent } from './alert.js'
import { UserPresence } from './connection.js'
import { StatusEvent } from './device.js'
import { DeviceId } from './device-id.js'
import { SystemStatusEvent } from './http-api.js'
import {
  Notification,
  NotificationRequest,
  NotificationsRead,
  NotificationsReadRequest,
} from './notification.js'
import { Positions } from './position.js'
import {
  AlertBatch,
  DeviceVisibility,
  Resync,
  SensorBatch,
  SubscribeAlertsOptions,
  SubscribeOptions,
} from './socket-subscriptions.js'
import { Reading, SensorType } from './telemetry.js'
import { SessionUser } from './user.js'

/** Raised when a client has to know of a change in the events. */
export const SOCKET_PROTOCOL = 1

/** A time in a question: ISO 8601, or Unix milliseconds. */
export const TimeArgument = Type.Union([
  Type.String({ minLength: 10, maxLength: 40 }),
  Type.Integer({ minimum: 0 }),
])

export const HistoryRequest = Type.Object(
  {
    deviceId: DeviceId,
    sensorType: Type.Optional(SensorType),
    from: TimeArgument,
    to: TimeArgument,
    /** readings at most, the newest of the range */
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000 })),
    /** instead of readings as they came: at most so many points a sensor, min and max kept */
    maxPoints: Type.Optional(Type.Integer({ minimum: 2, maximum: 5_000 })),
  },
  { additionalProperties: false },
)
export type HistoryRequest = Static<typeof HistoryRequest>

/** The arguments of each client event, in order, without the callback. Trailing ones may be left out. */
export const CLIENT_EVENTS = {
  'subscribe:device': [DeviceId, Type.Optional(SubscribeOptions)],
  'unsubscribe:device': [DeviceId],
  'subscribe-all-devices': [Type.Optional(SubscribeOptions)],
  'unsubscribe-all-devices': [],
  'subscribe:all': [Type.Optional(SubscribeOptions)],
  'unsubscribe:all': [],
  'subscribe-alerts': [Type.Optional(SubscribeAlertsOptions)],
  'unsubscribe-alerts': [],
  'subscribe-system': [],
  'unsubscribe-system': [],
  'request:latest': [Type.Optional(DeviceId)],
  'request:status': [],
  'get:history': [HistoryRequest],
  'send:notification': [NotificationRequest],
  'notifications:read': [NotificationsReadRequest],
  'auth:refresh': [Type.String({ minLength: 1, maxLength: 12_288, description: 'An access token.' })],
  ping: [],
} as const satisfies Record<string, readonly TSchema[]>
export type ClientEvent = keyof typeof CLIENT_EVENTS

/** Why a call over the sockets failed. */
export const Failure = Type.Object({
  ok: Type.Literal(false),
  code: Type.String(),
  message: Type.String(),
  retryAfterMs: Type.Optional(Type.Integer({ minimum: 0 })),
})
export type Failure = Static<typeof Failure>

export const ConnectionLimits = Type.Object({
  subscriptions: Type.Integer(),
  messagesPerSecond: Type.Integer(),
  packetBytes: Type.Integer(),
  connectionsPerUser: Type.Integer(),
})

/** The body of `connected` and `welcome`. */
export const Welcome = Type.Object({
  message: Type.String(),
  timestamp: Type.String(),
  sessionId: Type.String(),
  user: SessionUser,
  role: Type.String(),
  serverTime: Type.String(),
  protocol: Type.Integer(),
  limits: ConnectionLimits,
  epoch: Type.String(),
  unread: Type.Optional(
    Type.Integer({
      description:
        'Notices that the user has not read, at GET /api/notifications; what came after comes as `notification`. Absent where it could not be known in time.',
    }),
  ),
  lastClose: Type.Optional(
    Type.String({
      description: 'Why the server closed the previous session of this user, where it did, lately.',
    }),
  ),
})
export type Welcome = Static<typeof Welcome>

/** The body of `status:update`: connection figures of the whole fleet. */
export const ConnectionFigures = Type.Object({
  timestamp: Type.String(),
  connections: Type.Integer(),
  /** a user with several tabs is one */
  users: Type.Integer(),
  replicas: Type.Integer(),
  /** of the replica that tells it, seconds */
  uptime: Type.Number(),
  /** readings sent by all replicas in the last full minute */
  readingsPerMinute: Type.Integer(),
})
export type ConnectionFigures = Static<typeof ConnectionFigures>

/** The body of `auth:expiring`. */
export const AuthExpiring = Type.Object(
  { expiresAt: Type.String() },
  {
    description:
      'The access token ends soon: send a new one with `auth:refresh`, or the connection ends with it.',
  },
)
export type AuthExpiring = Static<typeof AuthExpiring>

/** Why a session ended over its token. After `signed out` only a new login helps; after the others a new token. */
export const AUTH_ENDS = ['token expired', 'rights changed', 'signed out'] as const

/** The body of `auth:expired`: the last that a session hears. */
export const AuthExpired = Type.Object({
  reason: Type.Enum([...AUTH_ENDS]),
  message: Type.String(),
})
export type AuthExpired = Static<typeof AuthExpired>

/** The answer to `auth:refresh`. */
export const AuthRefreshed = Type.Object({
  ok: Type.Literal(true),
  expiresAt: Type.String(),
  user: SessionUser,
})
export type AuthRefreshed = Static<typeof AuthRefreshed>

/** The body of each server event. */
export const SERVER_EVENTS = {
  connected: Welcome,
  welcome: Welcome,
  'sensor:reading': Reading,
  'sensor:data': Reading,
  'sensor:all': Reading,
  'sensor:batch': SensorBatch,
  'device:status': StatusEvent,
  'device:all': StatusEvent,
  'device:visibility': DeviceVisibility,
  alert: AlertEvent,
  'alert:device': AlertEvent,
  'alert:batch': AlertBatch,
  'alert:system': AlertEvent,
  'system:alert': AlertEvent,
  positions: Positions,
  resync: Resync,
  latest: Type.Array(Reading),
  'status:update': ConnectionFigures,
  'system:status': SystemStatusEvent,
  notification: Notification,
  'notifications:read': NotificationsRead,
  'user:joined': UserPresence,
  'user:left': UserPresence,
  'auth:expiring': AuthExpiring,
  'auth:expired': AuthExpired,
  pong: Type.Object({ serverTime: Type.String() }),
} as const satisfies Record<string, TSchema>
export type ServerEvent = keyof typeof SERVER_EVENTS

/** `data` of a refused handshake's `connect_error`. */
export const HandshakeRefusal = Type.Object({
  code: Type.Enum(['UNAUTHENTICATED', 'TOKEN_EXPIRED', 'RATE_LIMITED', 'TOO_MANY_CONNECTIONS']),
  retryAfterMs: Type.Optional(Type.Integer({ minimum: 0 })),
})
export type HandshakeRefusal = Static<typeof HandshakeRefusal>
