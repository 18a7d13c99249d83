import type { UserRights } from '@iot/contracts'
import type { UserChange, UserRow } from './user-store.js'

/** What a change makes of a user, in every store alike; undefined where all of it is so already. */
export function applyUserChange(user: UserRow, change: UserChange): UserRow | undefined {
  const { sites: sitesNow, ...rest } = user
  const role = change.role ?? user.role
  const disabled = change.disabled ?? user.disabled
  const passwordHash = change.passwordHash ?? user.passwordHash
  const sites = change.sites === undefined ? sitesNow : (change.sites ?? undefined)
  const isSignedOut = (disabled && !user.disabled) || passwordHash !== user.passwordHash
  const isChanged = isSignedOut || role !== user.role || disabled !== user.disabled
  if (!isChanged && sameSites(sites, sitesNow)) return undefined
  const version = user.version + 1
  const outBefore = isSignedOut ? version : user.outBefore
  return { ...rest, role, disabled, passwordHash, version, outBefore, ...(sites && { sites: [...sites] }) }
}

/** What counts for the tokens of a user as they are now. */
export function rightsOf({ id, version, role, sites, outBefore }: UserRow): UserRights {
  return {
    userId: id,
    version,
    role,
    ...(sites && { sites: [...sites] }),
    effect: outBefore === version ? 'out' : 'changed',
    ...(outBefore > 0 && { outBefore }),
  }
}

/** What counts for the tokens of a user who is no more. */
export function rightsOfRemoved(user: UserRow): UserRights {
  const version = user.version + 1
  return rightsOf({ ...user, version, outBefore: version })
}

export function isEnabledAdministrator({ role, disabled }: Pick<UserRow, 'role' | 'disabled'>): boolean {
  return role === 'admin' && !disabled
}

function sameSites(one: readonly string[] | undefined, other: readonly string[] | undefined): boolean {
  if (!one || !other) return one === other
  return one.length === other.length && one.every((site) => other.includes(site))
}
