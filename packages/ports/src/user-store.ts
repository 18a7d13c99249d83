import type { Role, UserRights } from '@iot/contracts'

/** Users and their sessions (families of refresh tokens; tokens are kept as SHA-256 alone). */
export interface UserStore {
  findByUsername(username: string): Promise<UserRow | undefined>
  findById(id: string): Promise<UserRow | undefined>
  count(): Promise<number>

  /** Undefined where the username is taken (letters' case aside). */
  create(user: NewUser): Promise<UserRow | undefined>
  /** Makes the first user of all; undefined when there is one already, also when two try at once. */
  createFirst(user: NewUser): Promise<UserRow | undefined>

  /** In order of username (letters' case aside), after one. */
  list(query: { after?: string; limit: number }): Promise<UserRow[]>
  /**
   * Changes the fields named, and with them the version; what is so already is no change. Who is disabled or has
   * another password is signed out: their sessions end in the same step. Refuses, and changes nothing, where no
   * administrator would be left who may log in, also when two are changed at once.
   */
  update(id: string, change: UserChange): Promise<UserOutcome>
  /** Removes a user with their sessions, under the same condition. `user` of the outcome is who was removed. */
  remove(id: string): Promise<UserOutcome>
  /**
   * The rights that count since changes of the last `withinMs` (an hour at most), one entry a user, removed ones
   * too: noted in one step with the change, so that whoever has to tell it can do so after a crash.
   */
  changedRights(withinMs: number): Promise<UserRights[]>

  /**
   * Begins a family with its first token. False, and nothing is begun, where the user has been disabled, removed or
   * given another password since `userVersion`.
   */
  beginSession(session: {
    userId: string
    userVersion: number
    tokenHash: string
    expiresAtMs: number
    nowMs: number
  }): Promise<boolean>
  /**
   * Swaps a token for its successor in one step. `rotated` the first time; `sibling` when shown again
   * within `graceMs` of its first use (parallel tabs, lost answers): the successor is valid as well;
   * `reused` later: the whole family is dead from then on; `unknown`: never seen, expired, or of a dead family.
   */
  rotateSession(rotation: {
    tokenHash: string
    successorHash: string
    nowMs: number
    graceMs: number
    expiresAtMs: number
  }): Promise<{ outcome: 'rotated' | 'sibling' | 'reused' | 'unknown'; userId?: string }>
  /** Ends the family that a token belongs to; nothing happens where there is none. */
  endSession(tokenHash: string): Promise<void>
  /** Forgets families that ended or expired before; resolves with their number. */
  pruneSessions(nowMs: number): Promise<number>

  /** The hash of the one-time set-up token, kept until the first user is made. */
  setSetupToken(tokenHash: string): Promise<void>
  getSetupToken(): Promise<string | undefined>
}

export interface NewUser {
  readonly username: string
  readonly passwordHash: string
  readonly role: Role
  /** the only sites whose devices exist for them; absent: all */
  readonly sites?: readonly string[]
}

export interface UserChange {
  readonly role?: Role
  /** null: all sites */
  readonly sites?: readonly string[] | null
  readonly disabled?: boolean
  readonly passwordHash?: string
}

export type UserOutcome =
  /** `rights` is absent where nothing had to be changed */
  | { readonly outcome: 'done'; readonly user: UserRow; readonly rights?: UserRights }
  | { readonly outcome: 'unknown' }
  /** nobody would be left who manages */
  | { readonly outcome: 'last-administrator' }

export interface UserRow extends NewUser {
  readonly id: string
  readonly disabled: boolean
  /** raised with every change of rights or password */
  readonly version: number
  /** tokens of versions before this one are of sessions that were ended */
  readonly outBefore: number
  readonly createdAtMs: number
}
