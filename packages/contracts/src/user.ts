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
