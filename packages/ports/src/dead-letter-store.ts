import type { DeadLetter, DeadLetterRecord } from '@iot/contracts'

export interface DeadLetterBounds {
  /** letters at most */
  readonly keep: number
  /** bytes at most, of the letters' records as JSON in UTF-8 */
  readonly keepBytes: number
}

/** Refused messages, for operators to look at. Written from the log, so idempotent by their place in it. */
export interface DeadLetterStore {
  /** The id is `epoch:partition:offset`'s; a letter that is there already stays as it is. */
  write(
    letters: readonly { epoch: string; partition: number; offset: number; record: DeadLetterRecord }[],
  ): Promise<void>
  /** Newest first, before a cursor (the `id` of a page's last). */
  list(query: { limit: number; before?: string; state?: DeadLetter['state'] }): Promise<DeadLetter[]>
  get(id: string): Promise<DeadLetter | undefined>
  count(state: DeadLetter['state']): Promise<number>
  /** Keeps the newest, up to both bounds, and drops all that are older; resolves with how many went. */
  prune(bounds: DeadLetterBounds): Promise<number>
}
