import type {
  AlertRuleStore,
  AlertSender,
  AlertStore,
  AuditStore,
  ChannelStore,
  Clock,
  DeadLetterStore,
  DeviceBroker,
  DeviceDoor,
  DeviceStore,
  EventLog,
  FleetChannel,
  LiveBus,
  LiveState,
  NotificationStore,
  PasswordHasher,
  PresenceBoard,
  RateCounter,
  ReadingStore,
  RightsBoard,
  ServiceRegistry,
  SnapshotStore,
  SocketRelay,
  TokenIssuer,
  TokenVerifier,
  UserStore,
} from '@iot/ports'
import type { Component, Logger, Metrics } from '@iot/runtime'
import type { PortsConfig } from './config.js'
import { openDatabase } from './open-database.js'
import { openBroker, openDoor } from './open-door.js'
import { openLive } from './open-live.js'
import { openLog } from './open-log.js'
import { openSender } from './open-sender.js'
import { deriveSetupToken, findTokenSecret } from './own-secret.js'

/** Every port of the system. */
export interface Ports {
  readonly log: EventLog
  readonly bus: LiveBus
  readonly state: LiveState
  readonly readings: ReadingStore
  readonly snapshots: SnapshotStore
  readonly devices: DeviceStore
  readonly deadLetters: DeadLetterStore
  readonly users: UserStore
  readonly notifications: NotificationStore
  readonly rules: AlertRuleStore
  readonly alerts: AlertStore
  readonly audit: AuditStore
  /** ways to tell people of alerts, and their messages */
  readonly channels: ChannelStore
  readonly sender: AlertSender
  readonly counter: RateCounter
  readonly channel: FleetChannel
  readonly registry: ServiceRegistry
  readonly presence: PresenceBoard
  /** between the sockets of replicas; undefined where there is one */
  readonly relay: SocketRelay | undefined
  readonly rights: RightsBoard
  readonly tokens: TokenIssuer & TokenVerifier
  readonly passwords: PasswordHasher
  readonly door: DeviceDoor
  /** the broker that devices publish to beside the door; undefined where there is none */
  readonly broker: DeviceBroker | undefined
}

export type PortName = keyof Ports

export interface OpenPortsDeps {
  readonly config: PortsConfig
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Metrics
}

export type OpenedPorts<Need extends PortName> = Pick<Ports, Need> & {
  /** The log's identity, also for who has no log: the live bus tells it. Valid once the components have started. */
  readonly identity: Pick<EventLog, 'epoch'>
  /** The set-up token that all gateways of a fleet share; undefined where there is one gateway. */
  readonly setupToken: string | undefined
  /** What the ports stand on, in order of start. The ports work once these have started. */
  readonly components: readonly Component[]
}

/** Those that live in the database. */
const STORE_PORTS = [
  'readings',
  'devices',
  'deadLetters',
  'users',
  'notifications',
  'rules',
  'alerts',
  'audit',
  'channels',
] as const satisfies readonly PortName[]

/** Those that live in Redis where there is one. */
const LIVE_PORTS = [
  'bus',
  'state',
  'counter',
  'registry',
  'rights',
  'presence',
  'relay',
  'channel',
  'snapshots',
] as const satisfies readonly PortName[]

/**
 * THE switch from configuration to adapters: the ports that are needed, and no connection for others. KAFKA_BROKERS,
 * REDIS_HOST and DATABASE_URL name servers; what they leave out runs in this process. Each choice is logged.
 * Nothing is started here.
 */
export async function openPorts<const Need extends PortName>(
  deps: OpenPortsDeps,
  needs: readonly Need[],
): Promise<OpenedPorts<Need>> {
  const { config, logger } = deps
  const wanted: ReadonlySet<PortName> = new Set(needs)
  const wants = (...names: PortName[]) => names.some((name) => wanted.has(name))
  const isKafka = config.KAFKA_BROKERS !== undefined
  const isRedis = config.REDIS_HOST !== undefined

  const needsDatabase =
    wants(...STORE_PORTS) || (wants('log') && !isKafka) || (wants('snapshots') && !isRedis)
  const store = needsDatabase ? await openDatabase(deps) : undefined
  const log = wants('log') ? await openLog(deps, store) : undefined
  const live = wants(...LIVE_PORTS) ? await openLive(deps, { store, log, wants }) : undefined
  const secret = wants('tokens') ? await tokenSecret(config) : undefined
  logger.info(
    {
      ...(wants('log') && { log: isKafka ? 'kafka' : 'postgres' }),
      ...(live && { live: isRedis ? 'redis' : 'in-process' }),
      ...(store && { store: config.DATABASE_URL ? 'postgres' : 'embedded-postgres' }),
      ...(wants('door') && { door: 'aedes' }),
    },
    'adapters',
  )

  const ports: Partial<Ports> = {
    ...(log && { log }),
    ...live?.ports,
    ...(store && storesOf(store)),
    ...(secret !== undefined && {
      tokens: (await import('@iot/adapter-jose')).createTokenService({ secret }),
    }),
    ...(wants('passwords') && { passwords: (await import('@iot/adapter-argon2')).createPasswordHasher() }),
    ...(wants('sender') && { sender: await openSender(deps) }),
    ...(wants('door') && { door: await openDoor(deps) }),
    ...(wants('broker') && { broker: await openBroker(deps) }),
  }
  return {
    // What is needed has been opened above; the compiler can't follow that through the names.
    ...(ports as Pick<Ports, Need>),
    identity: {
      get epoch() {
        return (log ?? live?.identity)?.epoch ?? ''
      },
    },
    setupToken: isKafka && secret !== undefined ? deriveSetupToken(secret) : undefined,
    components: [...(store?.components ?? []), ...(log ? [log] : []), ...(live?.components ?? [])],
  }
}

function storesOf({ postgres, database, logger }: Awaited<ReturnType<typeof openDatabase>>) {
  return {
    readings: postgres.createPostgresReadingStore({ database, log: logger }),
    devices: postgres.createPostgresDeviceStore({ database }),
    deadLetters: postgres.createPostgresDeadLetterStore({ database }),
    users: postgres.createPostgresUserStore({ database }),
    notifications: postgres.createPostgresNotificationStore({ database }),
    rules: postgres.createPostgresAlertRuleStore({ database }),
    alerts: postgres.createPostgresAlertStore({ database }),
    audit: postgres.createPostgresAuditStore({ database }),
    channels: postgres.createPostgresChannelStore({ database }),
  }
}

function tokenSecret(config: PortsConfig): Promise<string> {
  return findTokenSecret({
    configured: config.JWT_SECRET,
    dataDir: config.DATA_DIR,
    production: config.NODE_ENV === 'production',
  })
}
