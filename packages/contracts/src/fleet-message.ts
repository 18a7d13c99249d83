import { type Static, Type } from 'typebox'
import { DeviceId } from './device-id.js'
import { Notification } from './notification.js'
import { UserRights } from './user.js'

const Id = Type.String({ maxLength: 64 })

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
  Type.Object({ kind: Type.Literal('rights'), rights: UserRights }),
  /** ends one connection, or all of a user */
  Type.Object({
    kind: Type.Literal('close'),
    sessionId: Type.Optional(Id),
    userId: Type.Optional(Id),
    reason: Type.String({ maxLength: 256 }),
  }),
  /** why the server closed a user’s newest session; without a reason: their next one has been told */
  Type.Object({
    kind: Type.Literal('last-close'),
    userId: Id,
    reason: Type.Optional(Type.String({ maxLength: 64 })),
  }),
  /** credentials of a device are no more, alone or with it: whoever let it in by them looks at once, and not within seconds */
  Type.Object({ kind: Type.Literal('credentials-removed'), deviceId: DeviceId }),
])
export type FleetMessage = Static<typeof FleetMessage>
