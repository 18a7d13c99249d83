import type { AllowedOrigins } from '@iot/runtime'
import { createEventDispatch } from './events/event-dispatch.js'
import { createNotices, type Notices } from './events/notices.js'
import type { WebsocketMetrics } from './metrics.js'
import { createDelivery, type Delivery } from './outbox/delivery.js'
import { startTicker } from './outbox/ticker.js'
import { createPresence, type Presence, type PresenceDeps } from './presence/presence.js'
import { createDirectoryFeed } from './rooms/directory-feed.js'
import { TICK_MS } from './rooms/subscription.js'
import type { WebsocketServiceDeps } from './service.js'
import { createHandshake } from './sessions/handshake.js'
import { createHandshakeQueue } from './sessions/handshake-queue.js'
import { openSession } from './sessions/open-session.js'
import { createSessionControl, type SessionControl } from './sessions/session-control.js'
import type { SessionRegistry } from './sessions/session-registry.js'
import { createSocketServer, type SocketServer } from './socket-server.js'
import { createSystemFeed, type SystemFeed } from './system/system-feed.js'
import { createBusFeed } from './window/bus-feed.js'
import { Heads } from './window/heads.js'

/** Ticks between two looks at what changes slowly: expired tokens, old items, counters. */
const TICKS_PER_SWEEP = 10
/** Under load, what a fleet has written begins its way with a beat of the wall clock, and has come by then. */
const AFTER_BEAT_MS = 60

export interface ReplicaDeps extends WebsocketServiceDeps {
  readonly sessions: SessionRegistry
  readonly origins: AllowedOrigins
  readonly socketMetrics: WebsocketMetrics
  addressOf(peer: string | undefined, forwardedFor: string | undefined): string
}

/** What runs between start and stop. */
export interface Replica {
  readonly delivery: Delivery
  /** How long ago it was last known where devices are. */
  sitesAgeMs(): number
  start(): Promise<void>
  /**
   * Goes on as ever until the balancer has seen that the process is not ready (DRAIN_DELAY_MS), then ends the
   * connections over DRAIN_SPREAD_MS while live goes on for those that are left.
   */
  drain(): Promise<void>
  stop(): Promise<void>
}

export function createReplica(deps: ReplicaDeps): Replica {
  const { clock, logger, socketMetrics } = deps
  const heads = new Heads(deps.log.epoch)
  const windowBytes = deps.config.LIVE_WINDOW_BYTES
  const connected = () => deps.sessions.all()
  const delivery = createDelivery({ heads, clock, logger, metrics: socketMetrics, windowBytes, connected })
  const feed = createBusFeed({
    bus: deps.bus,
    heads,
    logger,
    onEntries: delivery.deliver,
    onBegin: delivery.begin,
    onRestart: delivery.restart,
    onGap(outcome, kind, partition) {
      socketMetrics.gaps.inc({ outcome })
      if (outcome === 'lost') delivery.beat.resync({ kind, partition })
    },
  })
  const sites = createDirectoryFeed({
    devices: deps.devices,
    directory: delivery.directory,
    move: delivery.move,
    maxDevices: deps.config.MAX_DEVICES,
    clock,
    logger,
  })
  const system = createSystemFeed(deps)
  const control = createSessionControl({
    ...deps,
    isListening: (session) => session.subscriptions.size + session.joining.size > 0 || system.has(session),
  })
  const notices = createNotices({ ...deps, tally: delivery.tally })
  const presence = openPresence(deps, delivery, (event, body) => sockets.tell('admins', event, body))
  const sockets = createSockets(deps, { heads, delivery, system, control, notices, presence })
  let stopTicking = () => {}
  let ticks = 0

  function tick(): void {
    ticks += 1
    delivery.tick(ticks)
    const isDue = ticks % TICKS_PER_SWEEP === 0
    if (isDue) delivery.sweep()
    control.tick(isDue)
  }

  return {
    delivery,
    sitesAgeMs: () => Math.max(0, clock.nowMs() - sites.heardAtMs()),
    async start() {
      await Promise.all([feed.start(), sites.start()])
      control.start()
      notices.start()
      sockets.start()
      system.start()
      presence.start()
      stopTicking = startTicker({ everyMs: TICK_MS, offsetMs: AFTER_BEAT_MS, tick })
    },
    async drain() {
      const { DRAIN_DELAY_MS: delayMs, DRAIN_SPREAD_MS: spreadMs } = deps.config
      if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs))
      if (spreadMs > 0) await sockets.drain(spreadMs)
    },
    async stop() {
      stopTicking()
      control.stop()
      notices.stop()
      system.stop()
      sites.stop()
      await feed.stop()
      delivery.batches.flushAll()
      delivery.alertWindows.flushAll()
      delivery.sweep()
      await sockets.stop()
      await presence.stop()
    },
  }
}

function openPresence(
  deps: ReplicaDeps,
  delivery: Delivery,
  tellAdmins: PresenceDeps['tellAdmins'],
): Presence {
  const { config, sessions } = deps
  return createPresence({
    ...deps,
    board: deps.presence,
    beatMs: deps.presenceBeatMs,
    limits: {
      perUser: config.SOCKET_MAX_CONNECTIONS_PER_USER,
      perAddress: config.SOCKET_MAX_CONNECTIONS_PER_ADDRESS,
    },
    connections: () => sessions.places,
    readingsPerMinute: () => delivery.tally.readingsPerMinute(),
    tellAdmins,
  })
}

function createSockets(
  deps: ReplicaDeps,
  parts: {
    heads: Heads
    delivery: Delivery
    system: SystemFeed
    control: SessionControl
    notices: Notices
    presence: Presence
  },
): SocketServer {
  const { config, socketMetrics } = deps
  const { refreshAuth, lastCloses } = parts.control
  const dispatch = createEventDispatch({ ...deps, ...parts, refreshAuth, figures: parts.presence.figures })
  const session = { ...deps, ...parts, lastCloses, dispatch }
  return createSocketServer({
    ...deps,
    handshake: parts.notices.beginAfter(
      createHandshake({
        ...deps,
        places: parts.presence.places,
        queue: createHandshakeQueue({ perSecond: config.SOCKET_HANDSHAKES_PER_SECOND }),
        letsAnonymousIn: config.ANONYMOUS_ROLE === 'user',
        onLimit: (limit) => socketMetrics.limits.inc({ limit }),
        limits: {
          connections: config.SOCKET_IO_MAX_CLIENTS,
          failures: config.RATE_LIMIT_MAX_REQUESTS,
          failuresWindowMs: config.RATE_LIMIT_WINDOW,
        },
      }),
    ),
    onRefused: (code) => socketMetrics.refused.inc({ code }),
    onConnection: (link, admission) => openSession(session, link, admission),
  })
}
