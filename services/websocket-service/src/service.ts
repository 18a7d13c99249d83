import type { Server as HttpServer } from 'node:http'
import type { ConnectionFigures, LiveKind } from '@iot/contracts'
import type {
  Clock,
  DeviceStore,
  EventLog,
  LiveBus,
  LiveEntry,
  LiveState,
  RateCounter,
  ReadingStore,
  TokenVerifier,
} from '@iot/ports'
import type { Component, Logger, Metrics } from '@iot/runtime'
import type { WebsocketConfig } from './config.js'
import { createAskHandlers } from './events/ask.js'
import { createDispatcher } from './events/dispatcher.js'
import { createSnapshots } from './events/snapshots.js'
import { createSubscribeHandlers, leaveAll } from './events/subscribe.js'
import { createHistoryHandler } from './history/history.js'
import { createAllowedOrigins } from './limits/allowed-origins.js'
import { createClientAddress } from './limits/client-address.js'
import { createWebsocketMetrics, type WebsocketMetrics } from './metrics.js'
import { createDelivery, type Delivery } from './outbox/delivery.js'
import { TICK_MS } from './rooms/subscription.js'
import { createHandshake } from './sessions/handshake.js'
import { createSession, type Session } from './sessions/session.js'
import { SessionRegistry } from './sessions/session-registry.js'
import { welcomeOf } from './sessions/welcome.js'
import { createSocketServer, type LinkListener } from './socket-server.js'
import { createBusFeed } from './window/bus-feed.js'
import { Heads } from './window/heads.js'

/** Ticks between two looks at what changes slowly: expired tokens, old items, counters. */
const TICKS_PER_SWEEP = 10

export interface WebsocketServiceDeps {
  /** Has its request handler already; the sockets are attached at start. It is not closed here. */
  readonly server: HttpServer
  readonly log: Pick<EventLog, 'epoch'>
  readonly bus: LiveBus
  readonly state: LiveState
  readonly readings: ReadingStore
  readonly devices: DeviceStore
  readonly verifier: TokenVerifier
  readonly counter: RateCounter
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Metrics
  readonly config: WebsocketConfig
}

export interface WebsocketService extends Component {
  /** How many are connected here, and what they get. */
  figures(): ConnectionFigures
}

/** From the live bus to browsers. It holds nothing that can't be made again from the bus. */
export function createWebsocketService(deps: WebsocketServiceDeps): WebsocketService {
  const { clock, config, logger } = deps
  const sessions = new SessionRegistry()
  const startedAtMs = clock.nowMs()
  const origins = createAllowedOrigins(config)
  const addressOf = createClientAddress(config.TRUST_PROXY)
  const metrics = createWebsocketMetrics(deps.metrics, {
    connections: () => sessions.places,
    users: () => sessions.users,
    lagging: () => running?.delivery.slow.lagging ?? 0,
  })
  let running: Running | undefined

  function figures(): ConnectionFigures {
    return {
      timestamp: new Date(clock.nowMs()).toISOString(),
      connections: sessions.places,
      users: sessions.users,
      uptime: Math.max(0, (clock.nowMs() - startedAtMs) / 1_000),
      readingsPerMinute: running?.delivery.tally.readingsPerMinute() ?? 0,
    }
  }

  return {
    name: 'websocket-service',
    figures,
    async start() {
      running = createRunning({ ...deps, sessions, origins, addressOf, socketMetrics: metrics, figures })
      await running.start()
      logger.info({ path: config.SOCKET_IO_PATH, origins: origins.origins }, 'sockets are open')
    },
    async stop() {
      await running?.stop()
      running = undefined
    },
    health: () => (running ? { status: 'healthy' } : { status: 'down', detail: 'not started' }),
  }
}

interface Running {
  readonly delivery: Delivery
  start(): Promise<void>
  stop(): Promise<void>
}

interface RunningDeps extends WebsocketServiceDeps {
  readonly sessions: SessionRegistry
  readonly origins: ReturnType<typeof createAllowedOrigins>
  readonly socketMetrics: WebsocketMetrics
  addressOf(peer: string | undefined, forwardedFor: string | undefined): string
  figures(): ConnectionFigures
}

function createRunning(deps: RunningDeps): Running {
  const { bus, clock, config, logger, sessions, socketMetrics } = deps
  const heads = new Heads(deps.log.epoch)
  const delivery = createDelivery({
    heads,
    clock,
    logger,
    metrics: socketMetrics,
    windowBytes: config.LIVE_WINDOW_BYTES,
  })
  const feed = createBusFeed({
    bus,
    heads,
    logger,
    onEntries: (kind: LiveKind, partition: number, entries: readonly LiveEntry[]) =>
      delivery.deliver(kind, partition, entries),
    onGap: (outcome) => socketMetrics.gaps.inc({ outcome }),
  })
  const dispatch = createDispatch(deps, heads, delivery)
  const handshake = createHandshake({
    ...deps,
    limits: {
      connections: config.SOCKET_IO_MAX_CLIENTS,
      connectionsPerUser: config.SOCKET_MAX_CONNECTIONS_PER_USER,
      failures: config.RATE_LIMIT_MAX_REQUESTS,
      failuresWindowMs: config.RATE_LIMIT_WINDOW,
    },
  })
  const sockets = createSocketServer({
    ...deps,
    handshake,
    onRefused: (code) => socketMetrics.refused.inc({ code }),
    onConnection: (link, admission) => {
      const session = createSession(link, admission, {
        backlogBytes: config.SOCKET_BACKLOG_BYTES,
        messagesPerSecond: config.SOCKET_MESSAGES_PER_SECOND,
        nowMs: performance.now(),
      })
      return openSession(deps, session, heads, delivery, dispatch)
    },
  })
  let ticker: NodeJS.Timeout | undefined
  let ticks = 0

  function tick(): void {
    ticks += 1
    delivery.tick(ticks)
    if (ticks % TICKS_PER_SWEEP !== 0) return
    delivery.sweep()
    for (const { expiresAtMs, link } of sessions.all()) if (expiresAtMs <= clock.nowMs()) link.close()
  }

  return {
    delivery,
    async start() {
      await feed.start()
      sockets.start()
      ticker = setInterval(tick, TICK_MS).unref()
    },
    async stop() {
      clearInterval(ticker)
      await feed.stop()
      delivery.batches.flushAll()
      delivery.sweep()
      await sockets.stop()
    },
  }
}

function createDispatch(deps: RunningDeps, heads: Heads, delivery: Delivery) {
  const { config, logger, socketMetrics } = deps
  const snapshots = createSnapshots(deps.state)
  const subscribing = createSubscribeHandlers({
    ...delivery,
    heads,
    snapshots,
    maxSubscriptions: config.SOCKET_MAX_SUBSCRIPTIONS,
  })
  const ask = createAskHandlers({ snapshots, clock: deps.clock, figures: deps.figures })
  return createDispatcher({
    handlers: {
      'subscribe:device': subscribing.subscribeDevice,
      'unsubscribe:device': subscribing.unsubscribeDevice,
      'subscribe-all-devices': subscribing.subscribeAll,
      'unsubscribe-all-devices': subscribing.unsubscribeAll,
      'request:latest': ask.latest,
      'request:status': ask.status,
      'get:history': createHistoryHandler(deps),
      ping: ask.ping,
    },
    messagesPerSecond: config.SOCKET_MESSAGES_PER_SECOND,
    logger,
    metrics: socketMetrics,
    nowMs: () => performance.now(),
    onAbuse: (session) => delivery.slow.close(session),
  })
}

function openSession(
  deps: RunningDeps,
  session: Session,
  heads: Heads,
  delivery: Delivery,
  dispatch: ReturnType<typeof createDispatcher>,
): LinkListener {
  const { sessions, logger, clock, config } = deps
  sessions.add(session)
  logger.debug({ sessionId: session.id, userId: session.user.id, address: session.address }, 'connected')
  const welcome = welcomeOf(session, { epoch: heads.epoch, nowMs: clock.nowMs(), config })
  session.link.emit('connected', welcome)
  session.link.emit('welcome', welcome)
  return {
    onEvent: (name, args) => void dispatch(session, name, args),
    onClose(reason) {
      sessions.remove(session)
      leaveAll(delivery, session)
      delivery.slow.remove(session)
      logger.debug({ sessionId: session.id, reason }, 'disconnected')
    },
  }
}
