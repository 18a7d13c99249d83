import { ANONYMOUS } from '@iot/domain'
import type { Admission } from './session.js'

/** Who watches without a login: a user without a name, for as long as they like. */
export function anonymousAdmission(address: string): Admission {
  const { userId: id, username, role, userVersion } = ANONYMOUS
  return {
    user: { id, username, role },
    userVersion,
    isAnonymous: true,
    address,
    expiresAtMs: Number.POSITIVE_INFINITY,
  }
}
