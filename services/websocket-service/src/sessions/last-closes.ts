import type { FleetMessage } from '@iot/contracts'
import type { FleetChannel } from '@iot/ports'
import type { Logger } from '@iot/runtime'
import type { CloseReason } from './close-reason.js'

/** A user who comes back later than this is not told any more. */
const KEPT_MS = 600_000
const MAX_USERS = 10_000

/**
 * Why the server closed the newest session of each user, until their next session has been told, on whichever replica
 * that is: replicas tell each other. A word that is lost costs no more than a reason that nobody hears, or hears twice.
 * Bounded: past so many users the oldest note goes.
 */
export interface LastCloses {
  note(userId: string, reason: CloseReason, nowMs: number): void
  /** The reason, which is not told again. */
  take(userId: string, nowMs: number): string | undefined
  /** What another replica noted or told. */
  heed(message: Extract<FleetMessage, { kind: 'last-close' }>, nowMs: number): void
}

export function createLastCloses(deps: { channel: Pick<FleetChannel, 'send'>; logger: Logger }): LastCloses {
  const notes = new Map<string, { reason: string; atMs: number }>()

  function keep(userId: string, reason: string, nowMs: number): void {
    notes.delete(userId)
    notes.set(userId, { reason, atMs: nowMs })
    if (notes.size > MAX_USERS) notes.delete(notes.keys().next().value!)
  }

  function tellOthers(userId: string, reason?: CloseReason): void {
    deps.channel
      .send({ kind: 'last-close', userId, ...(reason !== undefined && { reason }) })
      .catch((error: unknown) => deps.logger.debug({ err: error }, 'why a session was closed stays here'))
  }

  return {
    note(userId, reason, nowMs) {
      keep(userId, reason, nowMs)
      tellOthers(userId, reason)
    },
    take(userId, nowMs) {
      const note = notes.get(userId)
      if (!note) return undefined
      notes.delete(userId)
      tellOthers(userId)
      return nowMs - note.atMs <= KEPT_MS ? note.reason : undefined
    },
    heed({ userId, reason }, nowMs) {
      if (reason === undefined) notes.delete(userId)
      else keep(userId, reason, nowMs)
    },
  }
}
