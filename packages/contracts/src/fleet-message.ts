import { type Static, Type } from 'typebox'
import { Notification } from './notification.js'
import { Role, Sites } from './user.js'

const Id = Type.String({ maxLength: 64 })

/** The rights that count now of a user whose rights changed. */
const ChangedRights = Type.Object({
  userId: Id,
  version: Type.Integer({ minimum: 0 }),
  role: Role,
  sites: Type.Optional(Type.Immutable(Sites)),
  effect: Type.Enum(['changed', 'out']),
})

/** A word to every process. Whoever reaches the channel can speak, so each is checked on arrival. */
export const FleetMessage = Type.Union([
  /** a notice was stored, for those it is addressed to */
  Type.Object({ kind: Type.Literal('notification'), notification: Notification }),
  /** a user has read notices (these, and all up to one): their other tabs want to know */
  Type.Object({
    kind: Type.Literal('notifications-read'),
    userId: Id,
    ids: Type.Immutable(Type.Array(Id, { maxItems: 100 })),
    upTo: Type.Optional(Id),
    unread: Type.Integer({ minimum: 0 }),
  }),
  Type.Object({ kind: Type.Literal('rights'), rights: ChangedRights }),
  /** ends one connection, or all of a user */
  Type.Object({
    kind: Type.Literal('close'),
    sessionId: Type.Optional(Id),
    userId: Type.Optional(Id),
    reason: Type.String({ maxLength: 256 }),
  }),
])
export type FleetMessage = Static<typeof FleetMessage>
