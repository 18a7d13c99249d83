import { CLOSED, type EngineSocket } from './engine-socket.js'

/** How long clients may take to take leave before their connections are cut. */
const LEAVE_MS = 2_000
const LEAVE_STEP_MS = 20
/** Between two steps of a drain. */
const DRAIN_STEP_MS = 100

/** Those that are open. */
type Connections = Pick<ReadonlyMap<EngineSocket, unknown>, 'size' | 'keys'>

/**
 * Closes who is here over `spreadMs`, the same share in every step; a poller whose poll is away is told when it is
 * back.
 */
export async function closeSpread(connections: Connections, spreadMs: number): Promise<void> {
  const deadline = performance.now() + spreadMs
  for (;;) {
    const leftMs = deadline - performance.now()
    const steps = Math.max(1, Math.ceil(leftMs / DRAIN_STEP_MS))
    const closable = [...connections.keys()].filter(
      ({ transport, readyState }) =>
        readyState === 'open' && (transport.writable || transport.name !== 'polling'),
    )
    for (const conn of closable.slice(0, Math.ceil(connections.size / steps))) conn.close()
    if (leftMs <= 0 || connections.size === 0) return
    await new Promise((resolve) => setTimeout(resolve, Math.min(DRAIN_STEP_MS, leftMs)))
  }
}

/**
 * A frozen browser does not answer the closing handshake, and its TCP connection would hold the HTTP server. A
 * poller is told when its poll is here: closed before that, Engine.IO would wait for it for half a minute.
 */
export async function takeLeave(connections: Connections): Promise<void> {
  const webSockets = [...connections.keys()].flatMap(({ transport }) => transport.socket ?? [])
  const isLeft = () => connections.size > 0 || webSockets.some(({ readyState }) => readyState !== CLOSED)
  const deadline = performance.now() + LEAVE_MS
  while (isLeft() && performance.now() < deadline) {
    for (const conn of connections.keys()) {
      if (conn.transport.writable || conn.transport.name !== 'polling') conn.close()
    }
    await new Promise((resolve) => setTimeout(resolve, LEAVE_STEP_MS))
  }
  for (const conn of connections.keys()) conn.close(true)
  for (const webSocket of webSockets) webSocket.terminate()
}
