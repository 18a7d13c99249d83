import { ROLES, type Role } from '@iot/contracts'

/** Whether a role may do what `needed` may: each role may all that those before it may. */
export function roleAtLeast(role: Role, needed: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(needed)
}
