import { randomBytes } from 'node:crypto'
import type { Server as HttpServer, IncomingMessage } from 'node:http'
import type { UserPresence } from '@iot/contracts'
import type { SocketRelay } from '@iot/ports'
import type { AllowedOrigins, Logger } from '@iot/runtime'
import { Server } from 'socket.io'
import type { WebsocketConfig } from './config.js'
import { abort, type EngineSocket } from './engine-socket.js'
import { closeSpread, takeLeave } from './leaving.js'
import type { Link, NewsRoom } from './outbox/link.js'
import type { CloseReason } from './sessions/close-reason.js'
import type { HandshakeAttempt, HandshakeOutcome, Seat } from './sessions/handshake.js'
import type { Admission } from './sessions/session.js'
import {
  engineOf,
  forgetHandshake,
  hearAll,
  type LinkListener,
  SocketLink,
  type TypedServer,
  type TypedSocket,
} from './socket-link.js'
import { type Engine, onTooLargePost } from './too-large-posts.js'

/** Time from the first byte of a connection to its CONNECT. */
const CONNECT_TIMEOUT_MS = 10_000
/** Connections beyond SOCKET_IO_MAX_CLIENTS that may stay long enough to be told why they are refused. */
const HEADROOM = 256
/** Tells the proxy which replica has the session, so that what follows comes here: it learns it from this header. */
const SESSION_HEADER = 'x-engine-sid'

export interface SocketServerDeps {
  readonly server: HttpServer
  readonly config: WebsocketConfig
  readonly origins: AllowedOrigins
  readonly logger: Logger
  /** to the rooms of the other replicas; without it, there are none */
  readonly relay?: SocketRelay | undefined
  addressOf(peer: string | undefined, forwardedFor: string | undefined): string
  handshake(attempt: HandshakeAttempt): Promise<HandshakeOutcome>
  onRefused(code: string): void
  /** Somebody is in. The answer takes their events, and the end. */
  onConnection(link: Link, admission: Admission): LinkListener
}

export interface SocketServer {
  start(): void
  /** To who is in a room, on every replica. */
  tell(room: NewsRoom, event: 'user:joined' | 'user:left', body: UserPresence): void
  /**
   * Closes the connections a few at a time over `spreadMs`, so that their clients come back elsewhere one after
   * the other; who connects meanwhile is refused. Each is told by the closing of its transport: a stock client
   * reconnects by itself after that, and not after a disconnect of the server's.
   */
  drain(spreadMs: number): Promise<void>
  /** Takes nobody any more, lets all take leave, cuts those who don't. The HTTP server stays its owner's. */
  stop(): Promise<void>
}

/** `new`: it has not asked to be let in; `asking`: it is being looked at; else it has a session. */
type Standing = 'new' | 'asking' | Seat

type AdapterFactory = Extract<Parameters<TypedServer['adapter']>[0], (...given: never[]) => unknown>

/** Socket.IO on an HTTP server: the only place that knows it. */
export function createSocketServer(deps: SocketServerDeps): SocketServer {
  const { config, origins } = deps
  const connections = new Map<EngineSocket, Standing>()
  /** pollers that are ended for a packet that passed the bound */
  const oversized = new WeakSet<EngineSocket>()
  const io: TypedServer = new Server()
  let open = false
  let refusing = false

  /** Why a connection is not even looked at; undefined where it may try. */
  function refusalOf({ headers }: IncomingMessage): string | undefined {
    if (!open || refusing) return 'UNAVAILABLE'
    if (connections.size >= config.SOCKET_IO_MAX_CLIENTS + HEADROOM) return 'TOO_MANY_CONNECTIONS'
    return origins.allows(headers.origin, headers.host) ? undefined : 'ORIGIN_REFUSED'
  }

  async function admit(socket: TypedSocket): Promise<Error | undefined> {
    const conn = engineOf(socket)
    // A client may say CONNECT again while its first is being looked at: one session per connection.
    if (connections.get(conn) !== 'new') {
      conn.close(true)
      return new Error('CONNECT was sent twice')
    }
    connections.set(conn, 'asking')
    const { headers } = socket.handshake
    const outcome = await deps.handshake({
      token: tokenOf(socket),
      address: deps.addressOf(socket.conn.remoteAddress, headerOf(headers['x-forwarded-for'])),
    })
    if (!outcome.ok) {
      deps.onRefused(outcome.refusal.code)
      letAskAgain(conn)
      return Object.assign(new Error(outcome.message), { data: outcome.refusal })
    }
    if (connections.has(conn)) connections.set(conn, outcome.seat)
    else outcome.seat.leave()
    socket.data.admission = outcome.admission
    return undefined
  }

  function letAskAgain(conn: EngineSocket): void {
    if (connections.has(conn)) connections.set(conn, 'new')
  }

  // From here to `onClose`, functions that all connections share: each is told which is meant by `this`.

  function onConnection(socket: TypedSocket): void {
    const { admission } = socket.data
    const link = new SocketLink(socket)
    socket.data = { link }
    forgetHandshake(socket)
    link.listener = deps.onConnection(link, admission!)
    hearAll(socket, hearers)
    socket.on('disconnect', onDisconnect)
    socket.on('error', onError)
  }

  function onEvent(this: TypedSocket, name: unknown, ...args: unknown[]): void {
    this.data.link?.listener?.onEvent(name, args)
  }

  const hearers = [onEvent]

  function onDisconnect(this: TypedSocket, reason: string, detail: unknown): void {
    const isOversized = oversized.has(engineOf(this)) || isTooLarge(detail)
    this.data.link?.ended(reason, isOversized ? 'packet too large' : closeReasonOf(reason))
  }

  function onError(this: TypedSocket, error: Error): void {
    deps.logger.debug({ err: error, sessionId: this.id }, 'socket error')
  }

  function onClose(this: EngineSocket): void {
    const standing = connections.get(this)
    connections.delete(this)
    if (typeof standing === 'object') standing.leave()
  }

  /** Of a connection that no session asked to be closed: a drain does that, and Socket.IO for what it can't read. */
  function closeReasonOf(reason: string): CloseReason | undefined {
    if (!/^(forced close|forced server close|parse error)$/.test(reason)) return undefined
    return refusing || !open ? 'server stopping' : 'bad packet'
  }

  return {
    start() {
      open = true
      // The type of its adapters is Socket.IO’s own affair.
      if (deps.relay) io.adapter(deps.relay.adapter as unknown as AdapterFactory)
      io.use((socket, next) => {
        admit(socket).then(next, (error: unknown) => {
          deps.logger.error({ err: error }, 'a handshake failed')
          letAskAgain(engineOf(socket))
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
        allowEIO3: config.SOCKET_IO_ALLOW_EIO3,
        allowRequest: (request, decide) => {
          const code = refusalOf(request)
          if (code) deps.onRefused(code)
          decide(code, code === undefined)
        },
        cors: { origin: [...origins.origins], credentials: true },
      })
      io.engine.generateId = nameSession
      io.engine.on('initial_headers', tellSession)
      onTooLargePost(io.engine as unknown as Engine, (conn) => {
        oversized.add(conn)
        abort(conn)
      })
      io.engine.on('connection', (conn: EngineSocket) => {
        connections.set(conn, 'new')
        conn.on('close', onClose)
      })
    },
    tell(room, event, body) {
      io.to(room).emit(event, body)
    },
    async drain(spreadMs) {
      refusing = true
      await closeSpread(connections, spreadMs)
    },
    async stop() {
      if (!open) return
      open = false
      await takeLeave(connections)
      io.engine.close()
      await io.of('/').adapter.close()
    },
  }
}

type EngineRequest = IncomingMessage & { sid?: string }

/** A session's id is a secret that whoever has it may poll with: as long as the engine's own. */
function nameSession(request: EngineRequest): string {
  request.sid = randomBytes(15).toString('base64url')
  return request.sid
}

/** A WebSocket needs no telling: all of it is one connection, and it has no id yet when it is answered. */
function tellSession(headers: Record<string, string>, request: EngineRequest): void {
  if (request.sid !== undefined) headers[SESSION_HEADER] = request.sid
}

/** Engine.IO 3 has no place for it but the URL; nobody else’s URL is believed, so that tokens stay out of it. */
function tokenOf({ handshake, conn }: TypedSocket): unknown {
  if (conn.protocol === 3) return handshake.query.token
  return (handshake.auth as { token?: unknown } | undefined)?.token
}

/** The WebSocket library ends a connection whose message passes the bound, and says so in words alone. */
function isTooLarge(detail: unknown): boolean {
  return detail instanceof Error && detail.message.includes('Max payload size exceeded')
}

function headerOf(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join(',') : value
}
