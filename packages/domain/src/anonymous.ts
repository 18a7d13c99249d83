import type { AccessClaims } from '@iot/contracts'

/**
 * Who watches without a login where ANONYMOUS_ROLE lets them: a user without a name. The id is no user's (those are
 * UUIDs), and all who watch so share it.
 */
export const ANONYMOUS: AccessClaims = { userId: 'anonymous', username: '', role: 'user', userVersion: 0 }
