import type { Admission } from './session.js'

/** The id that everybody shares who watches without a login; no user's: those are UUIDs. */
const ANONYMOUS_ID = 'anonymous'

/** Who watches without a login: a user without a name, for as long as they like. */
export function anonymousAdmission(address: string): Admission {
  return {
    user: { id: ANONYMOUS_ID, username: '', role: 'user' },
    userVersion: 0,
    isAnonymous: true,
    address,
    expiresAtMs: Number.POSITIVE_INFINITY,
  }
}
