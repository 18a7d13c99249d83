import type {
  EventLog,
  FleetChannel,
  LiveBus,
  LiveState,
  PresenceBoard,
  RateCounter,
  RightsBoard,
  ServiceRegistry,
  SnapshotStore,
  SocketRelay,
} from '@iot/ports'
import type { Component } from '@iot/runtime'
import { createEmptiedGuard } from './emptied-guard.js'
import type { OpenedDatabase } from './open-database.js'
import type { OpenPortsDeps, PortName } from './open-ports.js'

/**
 * Of the memory of the resume window, what the bus keeps of it. Sockets in the same process hold the window
 * itself, and miss nothing that the bus would have to give again.
 */
const BUS_WINDOW_SHARE = 1 / 8

export interface OpenedLive {
  readonly ports: {
    readonly bus: LiveBus
    readonly state: LiveState
    readonly counter: RateCounter
    readonly registry: ServiceRegistry
    readonly rights: RightsBoard
    readonly presence: PresenceBoard
    /** only where replicas are several */
    readonly relay?: SocketRelay
    readonly channel?: FleetChannel
    readonly snapshots?: SnapshotStore
  }
  /** The log whose events the bus carries, where the bus tells it. */
  readonly identity: Pick<EventLog, 'epoch'> | undefined
  readonly components: readonly Component[]
}

export interface LiveNeeds {
  readonly store: OpenedDatabase | undefined
  readonly log: EventLog | undefined
  wants(...names: PortName[]): boolean
}

/** What is live and shared: in Redis where there is one, in this process otherwise. */
export function openLive(deps: OpenPortsDeps, needs: LiveNeeds): Promise<OpenedLive> {
  const host = deps.config.REDIS_HOST
  return host === undefined ? openInProcess(deps, needs) : openRedis(deps, needs, host)
}

async function openInProcess(
  { config, clock, logger, metrics }: OpenPortsDeps,
  { store, wants }: LiveNeeds,
): Promise<OpenedLive> {
  const memory = await import('@iot/adapter-memory')
  const windowBytes = config.LIVE_WINDOW_BYTES * BUS_WINDOW_SHARE
  const bus = memory.createInProcessBus({ clock, logger, windowBytes })
  return {
    ports: {
      bus,
      state: bus,
      counter: memory.createMemoryRateCounter({ clock }),
      registry: memory.createMemoryServiceRegistry({ clock }),
      rights: memory.createMemoryRightsBoard({ clock }),
      presence: memory.createMemoryPresenceBoard({ clock }),
      ...(wants('channel') && { channel: memory.createMemoryFleetChannel({ logger, metrics }) }),
      ...(store && { snapshots: store.postgres.createPostgresSnapshotStore({ database: store.database }) }),
    },
    identity: undefined,
    components: [bus],
  }
}

async function openRedis(
  { config, logger, metrics }: OpenPortsDeps,
  { log, wants }: LiveNeeds,
  host: string,
): Promise<OpenedLive> {
  const adapter = await import('@iot/adapter-redis')
  const settings = { host, port: config.REDIS_PORT, password: config.REDIS_PASSWORD, logger }
  // Who only tells the others that it lives works without Redis, and starts without it.
  const isOptional = !wants('bus', 'state', 'counter', 'rights', 'presence', 'snapshots')
  const redis = new adapter.RedisConnection({ ...settings, isOptional })
  // Who has the log too and feeds the bus names the log; everybody else learns it from the bus.
  const isPublisher = log !== undefined && wants('bus')
  const channel = wants('channel')
    ? adapter.createRedisFleetChannel({ ...settings, redis, metrics })
    : undefined
  const relay = wants('relay') ? adapter.createRedisSocketRelay({ redis, settings }) : undefined
  const bus = adapter.createRedisBus({
    ...settings,
    windowBytes: config.LIVE_WINDOW_BYTES,
    ...(isPublisher && { epoch: () => log.epoch }),
  })
  return {
    ports: {
      bus,
      state: bus,
      counter: adapter.createRedisRateCounter({ redis }),
      registry: adapter.createRedisServiceRegistry({ redis }),
      rights: adapter.createRedisRightsBoard({ redis }),
      presence: adapter.createRedisPresenceBoard({ redis }),
      ...(relay && { relay }),
      ...(channel && { channel }),
      snapshots: adapter.createRedisSnapshotStore({ redis }),
    },
    identity: bus,
    components: [
      ...(wants('counter', 'registry', 'rights', 'presence', 'relay', 'channel', 'snapshots') ? [redis] : []),
      ...(wants('bus', 'state') ? [bus] : []),
      ...(channel ? [channel] : []),
      ...(relay ? [relay] : []),
      ...(isPublisher ? [createEmptiedGuard(bus)] : []),
    ],
  }
}
