import type { CLIENT_EVENTS, ConnectionTraffic, ServerEvent } from '@iot/contracts'
import type { DefaultEventsMap, Server, Socket } from 'socket.io'
import { abort, type EngineSocket, OPEN, tcpBytes } from './engine-socket.js'
import type { Bundle } from './outbox/frame.js'
import type { EventBody, Link } from './outbox/link.js'
import { PollGathering } from './poll-gathering.js'
import type { CloseReason } from './sessions/close-reason.js'
import type { Admission } from './sessions/session.js'

type ServerToClientEvents = { [Event in ServerEvent]: (body: EventBody<Event>) => void }
type ClientToServerEvents = { [Event in keyof typeof CLIENT_EVENTS]: (...args: never[]) => void }
export type TypedServer = Server<
  ClientToServerEvents,
  ServerToClientEvents,
  DefaultEventsMap,
  { admission?: Admission }
>
export type TypedSocket = Socket<
  ClientToServerEvents,
  ServerToClientEvents,
  DefaultEventsMap,
  { admission?: Admission }
>

/** Why this side ends the connection: the first reason of several. */
export interface Closing {
  reason: CloseReason | undefined
}

export function createLink(socket: TypedSocket, closing: Closing): Link {
  const conn = engineOf(socket)
  // Who connects by WebSocket never polls; who begins by polling may change to a WebSocket at any time.
  const gathering = conn.transport.name === 'polling' ? new PollGathering(conn) : undefined
  let framesSent = 0
  return {
    id: socket.id,
    isOpen: () => socket.connected && conn.readyState === 'open',
    isIdle: () =>
      gathering?.isEmpty !== false &&
      conn.writeBuffer.length === 0 &&
      conn.transport.writable &&
      tcpBytes(conn) === 0,
    waitingBytes: () =>
      conn.writeBuffer.reduce(
        (sum, { data }) => sum + (data?.length ?? 0),
        tcpBytes(conn) + (gathering?.bytes ?? 0),
      ),
    transport: () => (conn.transport.name === 'websocket' ? 'websocket' : 'polling'),
    traffic: () => trafficOf(conn, framesSent),
    join: (room) => void socket.join(room),
    leave: (room) => void socket.leave(room),
    write(bundle) {
      framesSent += bundle.frames.length
      if (gathering && conn.transport.name === 'polling') return gathering.add(bundle.frames)
      gathering?.flush()
      writeBundle(conn, bundle)
    },
    emit(event, body) {
      framesSent += 1
      // The body is this event's own; TypeScript can't see that through the union of all events.
      ;(socket.emit as (event: ServerEvent, body: unknown) => boolean)(event, body)
    },
    close(reason) {
      closing.reason ??= reason
      gathering?.flush()
      conn.close()
    },
    disconnect(reason) {
      closing.reason ??= reason
      gathering?.flush()
      socket.disconnect(true)
    },
    abort(reason) {
      closing.reason ??= reason
      abort(conn)
    },
    closedFor: () => closing.reason,
  }
}

/** Bytes are those of a WebSocket's TCP connection; of a client that polls nobody counts them. */
function trafficOf({ transport }: EngineSocket, framesSent: number): ConnectionTraffic {
  const tcp = transport.socket?._socket
  return { framesSent, bytesSent: tcp?.bytesWritten ?? 0, bytesReceived: tcp?.bytesRead ?? 0 }
}

/**
 * Frames joined in one buffer go to a WebSocket's TCP connection as they are, past a packet, six events and two
 * callbacks per client. That keeps the order as long as nothing waits in Engine.IO's queue (ws has none
 * without compression). Everything else goes by Engine.IO.
 */
function writeBundle(conn: EngineSocket, { frames, wire }: Bundle): void {
  const webSocket = conn.transport.name === 'websocket' ? conn.transport.socket : undefined
  const tcp = webSocket?.readyState === OPEN && conn.readyState === 'open' ? webSocket._socket : undefined
  if (tcp && conn.writeBuffer.length === 0) {
    tcp.write(wire)
    return
  }
  for (const frame of frames) conn.write(frame.text, frame.options)
}

export function engineOf(socket: TypedSocket): EngineSocket {
  return socket.conn as unknown as EngineSocket
}
