import type { CredentialKind } from '@iot/contracts'

/**
 * The door that devices come in by: MQTT 3.1.1, QoS 0, 1 and 2.
 *
 * Promises of every adapter:
 * - A message is acknowledged (PUBACK; PUBREC for QoS 2) after `accept` has resolved, in order of arrival
 *   per connection. When `accept` rejects, it is not acknowledged and the connection ends: the device
 *   sends it again.
 * - Bounds: connections, unacknowledged messages per connection (then its socket is not read), bytes in
 *   flight over all connections, message rate per connection (slowed, never dropped), packet size and time
 *   to CONNECT (the connection ends).
 * - One connection's trouble never disturbs another.
 */
export interface DeviceDoor {
  /** Opens the door. Rejects with what to do where the port is taken. */
  open(keeper: DoorKeeper): Promise<void>
  /** The port that is listened on, after `open`. */
  readonly port: number
  /** Takes no more messages, waits until those in flight are answered (`drainMs` at most), ends connections. */
  close(drainMs: number): Promise<void>
  connections(): number
  /** Who is connected: one for each connection that has been let in. */
  identities(): DeviceIdentity[]
  /**
   * Ends the connections of those who are to be let in no more. What they have sent and the door has not taken
   * is dropped, and so is their last will: they have no say any longer. Answers how many have been ended.
   */
  disconnect(isOver: (identity: DeviceIdentity) => boolean): number
  /** Messages taken and not yet answered, over all connections. */
  inFlight(): number
}

export interface DoorKeeper {
  /** Who is it? Called once per CONNECT, before anything else is read. */
  authenticate(attempt: ConnectAttempt): Promise<DeviceIdentity | 'refused'>
  /** May this client publish there? Where not, the connection ends. */
  mayPublish(identity: DeviceIdentity, topic: string): boolean
  /** May this client subscribe to this filter? */
  maySubscribe(identity: DeviceIdentity, filter: string): boolean
  /** Resolves when the message is durable, whatever became of it (dead letters too). */
  accept(message: DeviceMessage): Promise<void>
  /**
   * Does `work`, which does not throw and makes messages of what was read, when that is soon enough for the keeper; in the
   * order of the calls. Without it, at once is best.
   */
  gather?(work: () => void): void
}

export interface ConnectAttempt {
  readonly clientId: string
  readonly username?: string
  readonly password?: string
  /** the peer's address */
  readonly address: string
}

export type DeviceIdentity =
  | { readonly kind: 'anonymous' }
  | {
      readonly kind: CredentialKind
      readonly deviceId: string
      /** the credential that has let it in */
      readonly credentialId?: string
    }

export interface DeviceMessage {
  readonly topic: string
  readonly payload: Uint8Array
  readonly clientId: string
  readonly identity: DeviceIdentity
  /** ms since 1970 */
  readonly receivedAtMs: number
}
