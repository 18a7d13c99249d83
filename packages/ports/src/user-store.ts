import type { Role } from '@iot/contracts'

/** Users and their sessions (families of refresh tokens; tokens are kept as SHA-256 alone). */
export interface UserStore {
  findByUsername(username: string): Promise<UserRow | undefined>
  findById(id: string): Promise<UserRow | undefined>
  count(): Promise<number>

  /** Undefined where the username is taken (letters' case aside). */
  create(user: NewUser): Promise<UserRow | undefined>
  /** Makes the first user of all; undefined when there is one already, also when two try at once. */
  createFirst(user: NewUser): Promise<UserRow | undefined>

  /** Begins a family with its first token. */
  beginSession(session: {
    userId: string
    tokenHash: string
    expiresAtMs: number
    nowMs: number
  }): Promise<void>
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
}

export interface UserRow extends NewUser {
  readonly id: string
  readonly disabled: boolean
  /** raised with every change of rights or password */
  readonly version: number
  readonly createdAtMs: number
}
