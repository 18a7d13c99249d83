/**
 * Carries what Socket.IO sends to a room over to the other replicas, and what it asks of them. At most once: lost
 * where a replica or the relay is away, while who is connected here gets it all the same. Telemetry never goes by it:
 * every replica hears the live bus itself.
 */
export interface SocketRelay {
  /** What Socket.IO takes as its adapter (it says `new` to it), and nobody else can use. */
  readonly adapter: (namespace: never) => object
}
