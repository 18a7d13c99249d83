import type { DeadLetter, DeadLetterRecord } from '@iot/contracts'

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
  /** Keeps the newest `keep` and drops the rest; resolves with how many went. */
  prune(keep: number): Promise<number>
}
