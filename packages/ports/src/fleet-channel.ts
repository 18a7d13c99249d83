import type { FleetMessage } from '@iot/contracts'

/**
 * A word to every process that listens, the sender included. At most once, and lost where a process is away or
 * the channel is: what must not be lost is stored elsewhere, and read from there; a message only hastens it.
 * Listeners are called one after the other, and one that throws does not stop the others.
 */
export interface FleetChannel {
  /** Rejects (retriable) when the channel is away; that it resolved does not say who heard it. */
  send(message: FleetMessage): Promise<void>
  /** What does not fit the contract is left out. The answer ends the listening. */
  listen(listener: (message: FleetMessage) => void): () => void
}

export type { FleetMessage }
