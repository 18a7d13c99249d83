import type { UserRights } from '@iot/contracts'

export type { UserRights } from '@iot/contracts'

/**
 * The rights that count now, of users whose rights changed while tokens of theirs may still be valid; shared by all
 * processes. Who decides by a token compares it with this: a token of an older version says what was.
 *
 * A posting lasts as long as the tokens that it outdates (`lifetimeMs` of the adapter), so the board is small: users
 * changed in the last minutes. Longer ago, no valid token is older than the change.
 */
export interface RightsBoard {
  /**
   * Says what counts from now on; of two versions of a user the greater one stays, and the same one again changes
   * nothing. Rejects (retriable) when the board is away.
   */
  post(rights: UserRights): Promise<void>
  /** Everything posted that lasts, one entry a user. Rejects (retriable) when the board is away. */
  read(): Promise<UserRights[]>
}
