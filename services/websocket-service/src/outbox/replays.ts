import { AppError } from '@iot/runtime'
import type { Session } from '../sessions/session.js'
import type { Outbox } from './outbox.js'

/** What all clients together may be owed of what they missed. */
const MAX_BYTES = 67_108_864
const RETRY_MS = 500

/** When a replica has died, all its clients come at once, and each may have missed megabytes. */
export class Replays {
  readonly #owing = new Set<Outbox>()

  /** Throws UNAVAILABLE while too much is on its way to others. */
  take({ outbox }: Pick<Session, 'outbox'>, bytes: number): void {
    if (bytes === 0) return
    let owed = 0
    for (const one of this.#owing) {
      const waiting = one.replayBytes()
      if (waiting === 0) this.#owing.delete(one)
      owed += waiting
    }
    if (owed > 0 && owed + bytes > MAX_BYTES) {
      throw new AppError('UNAVAILABLE', 'Many others are being sent what they missed: try again', {
        retryAfterMs: RETRY_MS,
      })
    }
    this.#owing.add(outbox)
  }

  remove({ outbox }: Pick<Session, 'outbox'>): void {
    this.#owing.delete(outbox)
  }
}
