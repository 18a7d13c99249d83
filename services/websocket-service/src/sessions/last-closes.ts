import type { CloseReason } from './close-reason.js'

/** A user who comes back later than this is not told any more. */
const KEPT_MS = 600_000
const MAX_USERS = 10_000

/**
 * Why the server closed the newest session of each user, until their next session has been told. Bounded: past so
 * many users the oldest note goes.
 */
export class LastCloses {
  readonly #notes = new Map<string, { reason: CloseReason; atMs: number }>()

  note(userId: string, reason: CloseReason, nowMs: number): void {
    this.#notes.delete(userId)
    this.#notes.set(userId, { reason, atMs: nowMs })
    if (this.#notes.size > MAX_USERS) this.#notes.delete(this.#notes.keys().next().value!)
  }

  take(userId: string, nowMs: number): CloseReason | undefined {
    const note = this.#notes.get(userId)
    this.#notes.delete(userId)
    return note && nowMs - note.atMs <= KEPT_MS ? note.reason : undefined
  }
}
