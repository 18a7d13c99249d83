import type { Notification } from '@iot/contracts'
import type { UserRights } from './rights-board.js'

/**
 * A word to every process that listens, the sender included. At most once, and lost where a process is away or
 * the channel is: what must not be lost is stored elsewhere, and read from there; a message only hastens it.
 * Listeners are called one after the other, and one that throws does not stop the others.
 */
export interface FleetChannel {
  /** Rejects (retriable) when the channel is away; that it resolved does not say who heard it. */
  send(message: FleetMessage): Promise<void>
  /** The answer ends the listening. */
  listen(listener: (message: FleetMessage) => void): () => void
}

export type FleetMessage =
  /** a notice was stored, for those it is addressed to */
  | { readonly kind: 'notification'; readonly notification: Notification }
  /** a user has read notices (all up to one, or these): their other tabs want to know */
  | { readonly kind: 'notifications-read'; readonly userId: string; readonly ids: readonly string[] }
  | { readonly kind: 'rights'; readonly rights: UserRights }
  /** ends one connection, or all of a user */
  | { readonly kind: 'close'; readonly sessionId?: string; readonly userId?: string; readonly reason: string }
