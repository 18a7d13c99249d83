import { type Static, Type } from 'typebox'
import { SiteName } from './device.js'

/** `user` sees, `operator` also acts, `admin` also manages. */
export const ROLES = ['user', 'operator', 'admin'] as const
export const Role = Type.Enum([...ROLES])
export type Role = (typeof ROLES)[number]

export const Username = Type.String({
  pattern: '^[A-Za-z0-9_.@-]{1,64}$',
  description: 'Letters, digits and _ . @ -',
})
export const Password = Type.String({ minLength: 10, maxLength: 256, description: 'At least 10 characters.' })

/** The only sites whose devices exist for somebody; absent: all of them. */
export const Sites = Type.Array(SiteName, { minItems: 1, maxItems: 32, uniqueItems: true })

export const SessionUser = Type.Object({
  id: Type.String(),
  username: Type.String(),
  role: Role,
  sites: Type.Optional(Sites),
})
export type SessionUser = Static<typeof SessionUser>

/** What an access token says of its bearer. */
export const AccessClaims = Type.Object({
  userId: Type.String(),
  username: Type.String(),
  role: Role,
  sites: Type.Optional(Sites),
  /** raised whenever rights change, so that older tokens can be told */
  userVersion: Type.Integer({ minimum: 0 }),
})
export type AccessClaims = Static<typeof AccessClaims>

/** The rights that count now of a user whose rights changed while tokens of theirs may still be valid. */
export const UserRights = Type.Object({
  userId: Type.String({ maxLength: 64 }),
  /** as in the user's row and in access tokens made since */
  version: Type.Integer({ minimum: 0 }),
  role: Role,
  /** the only sites whose devices exist for them; absent: all */
  sites: Type.Optional(Type.Immutable(Sites)),
  /** what becomes of who is signed in: goes on under these rights, or has to log in again (disabled, removed, new password) */
  effect: Type.Enum(['changed', 'out']),
  /** tokens of versions before this one are out also where the newest change alone would let them go on */
  outBefore: Type.Optional(Type.Integer({ minimum: 0 })),
})
export type UserRights = Static<typeof UserRights>
