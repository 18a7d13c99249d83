/**
 * An MQTT broker of its own (Mosquitto) that devices publish to, and that one process of ours reads.
 *
 * Promises of every adapter:
 * - A message is acknowledged to the broker after the `onMessage` of it has resolved, in order of arrival. When
 *   it rejects, nothing from that message on is acknowledged and the connection ends: the broker sends all of
 *   them again. So a message of QoS 1 or 2 is handed over at least once.
 * - The session outlives the connection and the process: what came while nobody read is handed over afterwards,
 *   as far as the broker keeps it.
 * - An acknowledgement never leaves on another connection than the one its message came on.
 * - Bounds: messages handed over and not settled, over all connections (then the broker is not read, while the
 *   connection is kept alive), and their bytes.
 * - The broker may be away at any time: the reader comes back by itself, for as long as it is open.
 * - The device's PUBACK is the broker's word, not ours: what a broker has acknowledged and lost is lost.
 */
export interface DeviceBroker {
  /**
   * Begins to read. Resolves at once, whether the broker is there or not. `onMessage` resolves when the message
   * is durable. Rejects where it is open already.
   */
  open(onMessage: (message: BrokerMessage) => Promise<void>): Promise<void>
  /**
   * Takes no more messages, waits until those in flight are settled and acknowledged (`drainMs` at most), and
   * leaves; the session stays. Safe to call twice; `open` works again afterwards.
   */
  close(drainMs: number): Promise<void>
  /** Whether messages come in: connected and subscribed. */
  connected(): boolean
  /** Messages handed over and not yet settled. */
  inFlight(): number
}

export interface BrokerMessage {
  readonly topic: string
  readonly payload: Uint8Array
  /** ms since 1970 */
  readonly receivedAtMs: number
}
