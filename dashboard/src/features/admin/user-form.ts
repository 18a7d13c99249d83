import { ROLES, type Role, type User, type UserCreation, type UserPatch } from '@iot/contracts'

/** What stands in the form's fields. */
export interface UserFields {
  readonly username: string
  readonly password: string
  readonly role: Role
  /** empty: all of them */
  readonly sites: readonly string[]
  readonly disabled: boolean
}

export type UserFault = 'usernameBad' | 'passwordShort' | 'sitesMany' | 'siteLong'
export type UserFaults = Partial<Record<'username' | 'password' | 'sites', UserFault>>

const USERNAME = /^[A-Za-z0-9_.@-]{1,64}$/
const PASSWORD_LENGTH = 10
const MOST_SITES = 32
const SITE_LENGTH = 64

/** A field that is not in the form (or can't be changed) keeps what the user has. */
export function fieldsOf(form: FormData, user: User | undefined): UserFields {
  const text = (name: string) => String(form.get(name) ?? '')
  const sites = text('sites')
    .split('\n')
    .map((site) => site.trim())
    .filter((site) => site !== '')
  return {
    username: user?.username ?? text('username').trim(),
    password: text('password'),
    role: ROLES.find((role) => role === text('role')) ?? user?.role ?? 'user',
    sites: [...new Set(sites)],
    disabled: form.get('disabled') === 'on',
  }
}

export function faultsOf({ username, password, sites }: UserFields, isNew: boolean): UserFaults {
  const passwordNeeded = isNew || password !== ''
  return {
    ...(isNew && !USERNAME.test(username) && { username: 'usernameBad' as const }),
    ...(passwordNeeded && password.length < PASSWORD_LENGTH && { password: 'passwordShort' as const }),
    ...(sites.length > MOST_SITES && { sites: 'sitesMany' as const }),
    ...(sites.some((site) => site.length > SITE_LENGTH) && { sites: 'siteLong' as const }),
  }
}

export function newUserFrom({ username, password, role, sites }: UserFields): UserCreation {
  return { username, password, role, ...(sites.length > 0 && { sites: [...sites] }) }
}

/** Only what is other than before; undefined: nothing is. */
export function changeFrom(fields: UserFields, user: User): UserPatch | undefined {
  const before = [...(user.sites ?? [])].sort().join('\n')
  const after = [...fields.sites].sort().join('\n')
  const change: UserPatch = {
    ...(fields.role !== user.role && { role: fields.role }),
    ...(after !== before && { sites: fields.sites.length === 0 ? null : [...fields.sites] }),
    ...(fields.disabled !== user.disabled && { disabled: fields.disabled }),
    ...(fields.password !== '' && { password: fields.password }),
  }
  return Object.keys(change).length === 0 ? undefined : change
}
