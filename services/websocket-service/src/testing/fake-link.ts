import type { Link } from '../outbox/link.js'

/** A connection that takes everything and keeps nothing; a test replaces what it looks at. */
export function fakeLink(parts: Partial<Link> = {}): Link {
  return {
    id: 'session',
    isOpen: () => true,
    isIdle: () => true,
    waitingBytes: () => 0,
    transport: () => 'websocket',
    traffic: () => ({ framesSent: 0, bytesSent: 0, bytesReceived: 0 }),
    join: () => {},
    write: () => {},
    emit: () => {},
    close: () => {},
    disconnect: () => {},
    abort: () => {},
    closedFor: () => undefined,
    ...parts,
  }
}
