import { type Static, Type } from 'typebox'
import { PageQuery, pageOf } from './http-api.js'
import { Timestamp } from './telemetry.js'
import { Role, Sites, Username } from './user.js'

/** What went over a connection so far, roughly: it is told every few seconds. */
export const ConnectionTraffic = Type.Object({
  framesSent: Type.Integer({ minimum: 0, description: 'Events, or batches of them.' }),
  bytesSent: Type.Integer({ minimum: 0 }),
  bytesReceived: Type.Integer({ minimum: 0, description: 'Of WebSockets alone; 0 where the client polls.' }),
})
export type ConnectionTraffic = Static<typeof ConnectionTraffic>

/** A connection of a browser or another client, on whichever replica it is. */
export const Connection = Type.Object({
  sessionId: Type.String(),
  userId: Type.String(),
  username: Type.String(),
  role: Role,
  sites: Type.Optional(Type.Immutable(Sites)),
  address: Type.String(),
  replica: Type.String({ description: 'The process that has the connection.' }),
  since: Timestamp,
  transport: Type.Enum(['websocket', 'polling']),
  subscriptions: Type.Integer({ minimum: 0 }),
  traffic: ConnectionTraffic,
})
export type Connection = Static<typeof Connection>

/** One replica of websocket-service in figures. */
export const ReplicaFigures = Type.Object({
  replica: Type.String(),
  since: Timestamp,
  connections: Type.Integer({ minimum: 0 }),
  readingsPerMinute: Type.Integer({
    minimum: 0,
    description: 'Readings that it sent in the last full minute.',
  }),
})
export type ReplicaFigures = Static<typeof ReplicaFigures>

/** All replicas together. A user with several tabs is one user. */
export const FleetFigures = Type.Object({
  connections: Type.Integer({ minimum: 0 }),
  users: Type.Integer({ minimum: 0 }),
  replicas: Type.Immutable(Type.Array(ReplicaFigures)),
})
export type FleetFigures = Static<typeof FleetFigures>

/** The body of `user:joined` and `user:left`. */
export const UserPresence = Type.Object({
  userId: Type.String(),
  username: Type.String(),
  role: Role,
  timestamp: Timestamp,
})
export type UserPresence = Static<typeof UserPresence>

/** What happened to users and connections. */
export const ConnectionActivity = Type.Object({
  kind: Type.Enum(['joined', 'left', 'closed'], {
    description:
      'joined, left: a user with their first, and their last connection; closed: a connection that the server, or an administrator, ended.',
  }),
  ...UserPresence.properties,
  sessionId: Type.Optional(Type.String({ description: 'Of `closed`: the one that was; without, all.' })),
  reason: Type.Optional(Type.String({ maxLength: 256 })),
  by: Type.Optional(Type.String({ description: 'The administrator’s username.' })),
})
export type ConnectionActivity = Static<typeof ConnectionActivity>

/** Entries of activity that are kept over the fleet. */
export const ACTIVITY_LENGTH = 200

export const ConnectionsQuery = Type.Object(
  {
    ...PageQuery,
    user: Type.Optional(Username),
    replica: Type.Optional(Type.String({ maxLength: 128 })),
  },
  { additionalProperties: false },
)
export const ConnectionPage = Type.Object({
  ...pageOf(Connection).properties,
  /** of the whole fleet, whatever the page shows */
  summary: FleetFigures,
})
export type ConnectionPage = Static<typeof ConnectionPage>
export const ConnectionsClosing = Type.Object({ user: Username }, { additionalProperties: false })
export const ActivityPage = Type.Object({ items: Type.Array(ConnectionActivity) })
