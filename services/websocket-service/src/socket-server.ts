import type { Server as HttpServer, IncomingMessage } from 'node:http'
import type { Writable } from 'node:stream'
import type { CLIENT_EVENTS, ServerEvent } from '@iot/contracts'
import type { AllowedOrigins, Logger } from '@iot/runtime'
import { type DefaultEventsMap, Server, type Socket } from 'socket.io'
import type { WebsocketConfig } from './config.js'
import type { Bundle, WriteOptions } from './outbox/frame.js'
import type { EventBody, Link } from './outbox/link.js'
import type { HandshakeAttempt, HandshakeOutcome } from './sessions/handshake.js'
import type { Admission } from './sessions/session.js'

/** Time from the first byte of a connection to its CONNECT. */
const CONNECT_TIMEOUT_MS = 10_000
/** Connections beyond SOCKET_IO_MAX_CLIENTS that may stay long enough to be told why they are refused. */
const HEADROOM = 256
/** How long clients may take to take leave before their connections are cut. */
const LEAVE_MS = 2_000
const LEAVE_STEP_MS = 20

type ServerToClientEvents = { [Event in ServerEvent]: (body: EventBody<Event>) => void }
type ClientToServerEvents = { [Event in keyof typeof CLIENT_EVENTS]: (...args: never[]) => void }
type TypedServer = Server<
  ClientToServerEvents,
  ServerToClientEvents,
  DefaultEventsMap,
  { admission?: Admission }
>
type TypedSocket = Socket<
  ClientToServerEvents,
  ServerToClientEvents,
  DefaultEventsMap,
  { admission?: Admission }
>

/** What we use of Engine.IO's socket beyond its published types, and of the WebSocket in it. */
interface EngineSocket {
  readonly readyState: string
  readonly writeBuffer: readonly { data?: string | Buffer }[]
  readonly transport: { readonly name: string; readonly writable: boolean; readonly socket?: RawWebSocket }
  write(text: string, options: WriteOptions): void
  close(discard?: boolean): void
  once(event: 'close', listener: () => void): void
}

interface RawWebSocket {
  readonly readyState: number
  /** the TCP connection; Engine.IO reads the peer's address from it too */
  readonly _socket?: Writable | null
  terminate(): void
}
const OPEN = 1
const CLOSED = 3

export interface SocketServerDeps {
  readonly server: HttpServer
  readonly config: WebsocketConfig
  readonly origins: AllowedOrigins
  readonly logger: Logger
  addressOf(peer: string | undefined, forwardedFor: string | undefined): string
  handshake(attempt: HandshakeAttempt): Promise<HandshakeOutcome>
  onRefused(code: string): void
  /** Somebody is in. The answer takes their events, and the end. */
  onConnection(link: Link, admission: Admission): LinkListener
}

export interface LinkListener {
  onEvent(name: unknown, args: readonly unknown[]): void
  onClose(reason: string): void
}

export interface SocketServer {
  start(): void
  /** Takes nobody any more, lets all take leave, cuts those who don't. The HTTP server stays its owner's. */
  stop(): Promise<void>
}

/** Socket.IO on an HTTP server: the only place that knows it. */
export function createSocketServer(deps: SocketServerDeps): SocketServer {
  const { config, origins } = deps
  const connections = new Set<EngineSocket>()
  /** connections with a session, or on their way to one */
  const claimed = new WeakSet<EngineSocket>()
  const io: TypedServer = new Server()
  let open = false

  /** Why a connection is not even looked at; undefined where it may try. */
  function refusalOf({ headers }: IncomingMessage): string | undefined {
    if (!open) return 'UNAVAILABLE'
    if (connections.size >= config.SOCKET_IO_MAX_CLIENTS + HEADROOM) return 'TOO_MANY_CONNECTIONS'
    return origins.allows(headers.origin, headers.host) ? undefined : 'ORIGIN_REFUSED'
  }

  async function admit(socket: TypedSocket): Promise<Error | undefined> {
    const conn = engineOf(socket)
    // A client may say CONNECT again while its first is being looked at: one session per connection.
    if (claimed.has(conn)) {
      conn.close(true)
      return new Error('CONNECT was sent twice')
    }
    claimed.add(conn)
    const { auth, headers } = socket.handshake
    const outcome = await deps.handshake({
      token: (auth as { token?: unknown } | undefined)?.token,
      address: deps.addressOf(socket.conn.remoteAddress, headerOf(headers['x-forwarded-for'])),
    })
    if (!outcome.ok) {
      deps.onRefused(outcome.refusal.code)
      claimed.delete(conn)
      return Object.assign(new Error(outcome.message), { data: outcome.refusal })
    }
    if (conn.readyState !== 'open') outcome.leave()
    else conn.once('close', outcome.leave)
    socket.data.admission = outcome.admission
    return undefined
  }

  function onConnection(socket: TypedSocket): void {
    const listener = deps.onConnection(createLink(socket), socket.data.admission!)
    socket.onAny((name: unknown, ...args: unknown[]) => listener.onEvent(name, args))
    socket.on('disconnect', (reason) => listener.onClose(reason))
    socket.on('error', (error) => deps.logger.debug({ err: error, sessionId: socket.id }, 'socket error'))
  }

  return {
    start() {
      open = true
      io.use((socket, next) => {
        admit(socket).then(next, (error: unknown) => {
          deps.logger.error({ err: error }, 'a handshake failed')
          claimed.delete(engineOf(socket))
          next(new Error('Something failed here'))
        })
      })
      io.on('connection', onConnection)
      io.attach(deps.server, {
        path: config.SOCKET_IO_PATH,
        pingInterval: config.SOCKET_IO_PING_INTERVAL,
        pingTimeout: config.SOCKET_IO_PING_TIMEOUT,
        connectTimeout: CONNECT_TIMEOUT_MS,
        maxHttpBufferSize: config.SOCKET_MAX_PACKET_BYTES,
        transports: ['websocket', 'polling'],
        perMessageDeflate: false,
        serveClient: false,
        cookie: false,
        allowEIO3: false,
        allowRequest: (request, decide) => {
          const code = refusalOf(request)
          if (code) deps.onRefused(code)
          decide(code, code === undefined)
        },
        cors: { origin: [...origins.origins], credentials: true },
      })
      io.engine.on('connection', (conn: EngineSocket) => {
        connections.add(conn)
        conn.once('close', () => connections.delete(conn))
      })
    },
    async stop() {
      if (!open) return
      open = false
      await takeLeave(connections)
      io.engine.close()
    },
  }
}

/**
 * A frozen browser does not answer the closing handshake, and its TCP connection would hold the HTTP server. A
 * poller is told when its poll is here: closed before that, Engine.IO would wait for it for half a minute.
 */
async function takeLeave(connections: ReadonlySet<EngineSocket>): Promise<void> {
  const webSockets = [...connections].flatMap(({ transport }) => transport.socket ?? [])
  const isLeft = () => connections.size > 0 || webSockets.some(({ readyState }) => readyState !== CLOSED)
  const deadline = performance.now() + LEAVE_MS
  while (isLeft() && performance.now() < deadline) {
    for (const conn of connections) {
      if (conn.transport.writable || conn.transport.name !== 'polling') conn.close()
    }
    await new Promise((resolve) => setTimeout(resolve, LEAVE_STEP_MS))
  }
  for (const conn of connections) conn.close(true)
  for (const webSocket of webSockets) webSocket.terminate()
}

function createLink(socket: TypedSocket): Link {
  const conn = engineOf(socket)
  return {
    id: socket.id,
    isOpen: () => socket.connected && conn.readyState === 'open',
    isIdle: () => conn.writeBuffer.length === 0 && conn.transport.writable && tcpBytes(conn) === 0,
    waitingBytes: () => conn.writeBuffer.reduce((sum, { data }) => sum + (data?.length ?? 0), tcpBytes(conn)),
    write: (bundle) => writeBundle(conn, bundle),
    emit: (event, body) => {
      // The body is this event's own; TypeScript can't see that through the union of all events.
      ;(socket.emit as (event: ServerEvent, body: unknown) => boolean)(event, body)
    },
    close: () => conn.close(),
    abort: () => abort(conn),
  }
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

/** Who does not read would not read a farewell either, and would hold what waits for as long as it may take. */
function abort(conn: EngineSocket): void {
  const webSocket = conn.transport.socket
  conn.close(true)
  webSocket?.terminate()
}

/** What the TCP connection of a WebSocket has not handed to the kernel. */
function tcpBytes({ transport }: EngineSocket): number {
  return transport.socket?._socket?.writableLength ?? 0
}

function engineOf(socket: TypedSocket): EngineSocket {
  return socket.conn as unknown as EngineSocket
}

function headerOf(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join(',') : value
}
