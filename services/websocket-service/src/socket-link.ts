import type { CLIENT_EVENTS, ConnectionTraffic, ServerEvent } from '@iot/contracts'
import type { DefaultEventsMap, Server, Socket } from 'socket.io'
import { abort, type EngineSocket, OPEN, tcpBytes } from './engine-socket.js'
import type { Bundle } from './outbox/frame.js'
import type { EventBody, Link, NewsRoom } from './outbox/link.js'
import { PollGathering } from './poll-gathering.js'
import type { CloseReason } from './sessions/close-reason.js'
import type { Admission } from './sessions/session.js'

type ServerToClientEvents = { [Event in ServerEvent]: (body: EventBody<Event>) => void }
type ClientToServerEvents = { [Event in keyof typeof CLIENT_EVENTS]: (...args: never[]) => void }
export type TypedServer = Server<ClientToServerEvents, ServerToClientEvents, DefaultEventsMap, SocketState>
export type TypedSocket = Socket<ClientToServerEvents, ServerToClientEvents, DefaultEventsMap, SocketState>

interface SocketState {
  /** from the handshake until the session begins */
  admission?: Admission
  /** from then on */
  link?: SocketLink
}

/** Takes what comes over a connection, and its end. */
export interface LinkListener {
  onEvent(name: unknown, args: readonly unknown[]): void
  onClose(reason: string): void
}

/** Methods, not closures: a replica has one of these for every tab that is open somewhere. */
export class SocketLink implements Link {
  readonly id: string
  readonly #socket: TypedSocket
  readonly #conn: EngineSocket
  /** why this side ended it: the first reason of several */
  #closedFor: CloseReason | undefined
  /** Who connects by WebSocket never polls; who begins by polling may change to a WebSocket at any time. */
  readonly #gathering: PollGathering | undefined
  #framesSent = 0
  listener: LinkListener | undefined

  constructor(socket: TypedSocket) {
    this.id = socket.id
    this.#socket = socket
    this.#conn = engineOf(socket)
    this.#gathering = this.transport() === 'polling' ? new PollGathering(this.#conn) : undefined
  }

  isOpen(): boolean {
    return this.#socket.connected && this.#conn.readyState === 'open'
  }

  isIdle(): boolean {
    const { writeBuffer, transport } = this.#conn
    const isTaken = writeBuffer.length === 0 && transport.writable && tcpBytes(this.#conn) === 0
    return isTaken && this.#gathering?.isEmpty !== false
  }

  waitingBytes(): number {
    return this.#conn.writeBuffer.reduce(
      (sum, { data }) => sum + (data?.length ?? 0),
      tcpBytes(this.#conn) + (this.#gathering?.bytes ?? 0),
    )
  }

  transport(): 'websocket' | 'polling' {
    return this.#conn.transport.name === 'websocket' ? 'websocket' : 'polling'
  }

  traffic(): ConnectionTraffic {
    return trafficOf(this.#conn, this.#framesSent)
  }

  join(room: NewsRoom): void {
    void this.#socket.join(room)
  }

  write(bundle: Bundle): void {
    this.#framesSent += bundle.frames.length
    if (this.#gathering && this.transport() === 'polling') {
      this.#gathering.add(bundle.frames)
    } else {
      this.#gathering?.flush()
      writeBundle(this.#conn, bundle)
    }
  }

  emit<Event extends ServerEvent>(event: Event, body: EventBody<Event>): void {
    this.#framesSent += 1
    // The body is this event's own; TypeScript can't see that through the union of all events.
    ;(this.#socket as { emit(event: ServerEvent, body: unknown): boolean }).emit(event, body)
  }

  close(reason: CloseReason): void {
    this.#closedFor ??= reason
    this.#gathering?.flush()
    this.#conn.close()
  }

  disconnect(reason: CloseReason): void {
    this.#closedFor ??= reason
    this.#gathering?.flush()
    this.#socket.disconnect(true)
  }

  abort(reason: CloseReason): void {
    this.#closedFor ??= reason
    abort(this.#conn)
  }

  closedFor(): CloseReason | undefined {
    return this.#closedFor
  }

  /** It is closed, `closedFor` being what was found out about it afterwards. */
  ended(reason: string, closedFor: CloseReason | undefined): void {
    this.#closedFor ??= closedFor
    this.listener?.onClose(reason)
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

/**
 * The session has what it needs of the request that began the connection. Its headers and its token would be a quarter of
 * what an idle connection costs, and the token be in memory for as long as the connection lasts.
 */
export function forgetHandshake(socket: TypedSocket): void {
  const conn = engineOf(socket)
  // Of a WebSocket, a listener of Engine.IO’s holds the request itself.
  Object.assign(conn.request ?? {}, FORGOTTEN)
  conn.request = null
  Object.assign(socket, { handshake: undefined })
}

/** What a request carries. */
const FORGOTTEN = { headers: {}, rawHeaders: [], url: '', _query: undefined }

/** As `onAny` does it, which would make an array for each connection, with room for sixteen more. */
export function hearAll(
  socket: TypedSocket,
  listeners: readonly ((this: TypedSocket, name: unknown, ...args: unknown[]) => void)[],
): void {
  Object.assign(socket, { _anyListeners: listeners })
}

export function engineOf(socket: TypedSocket): EngineSocket {
  return socket.conn as unknown as EngineSocket
}
