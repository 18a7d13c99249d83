import type { Role } from '@iot/contracts'

/**
 * The rights that count now, of users whose rights changed while tokens of theirs may still be valid; shared by all
 * processes. Who decides by a token compares it with this: a token of an older version says what was.
 *
 * A posting lasts as long as the tokens that it outdates (`lifetimeMs` of the adapter), so the board is small: users
 * changed in the last minutes. Longer ago, no valid token is older than the change.
 */
export interface RightsBoard {
  /** Says what counts from now on; of two versions of a user the greater one stays. Rejects (retriable) when the board is away. */
  post(rights: UserRights): Promise<void>
  /** Everything posted that lasts, one entry a user. Rejects (retriable) when the board is away. */
  read(): Promise<UserRights[]>
}

export interface UserRights {
  readonly userId: string
  /** as in the user's row and in access tokens made since */
  readonly version: number
  readonly role: Role
  /** the only sites whose devices exist for them; undefined: all */
  readonly sites?: readonly string[]
  /** what becomes of who is signed in: goes on under these rights, or has to log in again (disabled, removed, new password) */
  readonly effect: 'changed' | 'out'
}
