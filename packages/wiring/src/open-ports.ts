import type {
  Clock,
  DeadLetterStore,
  DeviceDoor,
  DeviceStore,
  EventLog,
  LiveBus,
  LiveState,
  PasswordHasher,
  RateCounter,
  ReadingStore,
  SnapshotStore,
  TokenIssuer,
  TokenVerifier,
  UserStore,
} from '@iot/ports'
import type { Component, Logger, Metrics } from '@iot/runtime'
import type { PortsConfig } from './config.js'
import { createDatabaseComponent } from './database-component.js'
import { findTokenSecret } from './own-secret.js'

/** Every port of the system, on the adapters that the configuration asks for. */
export interface Ports {
  readonly log: EventLog
  readonly bus: LiveBus
  readonly state: LiveState
  readonly readings: ReadingStore
  readonly snapshots: SnapshotStore
  readonly devices: DeviceStore
  readonly deadLetters: DeadLetterStore
  readonly users: UserStore
  readonly counter: RateCounter
  readonly tokens: TokenIssuer & TokenVerifier
  readonly passwords: PasswordHasher
  readonly door: DeviceDoor
  /** What the ports stand on, in order of start. The ports work once these have started. */
  readonly components: readonly Component[]
}

export interface OpenPortsDeps {
  readonly config: PortsConfig
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Metrics
}

/** Connections for the log alone: a slow question of a person never delays a reading. */
const LOG_CONNECTIONS = 4
const STORE_CONNECTIONS = 8
/**
 * Of the memory of the resume window, what the bus keeps of it. Sockets in the same process hold the window
 * itself, and miss nothing that the bus would have to give again.
 */
const BUS_WINDOW_SHARE = 1 / 8
/** Messages that all devices together may have waiting for the log. */
const MAX_IN_FLIGHT_BYTES = 33_554_432

/** THE switch from configuration to adapters. Each choice is logged. Nothing is started here. */
export async function openPorts(deps: OpenPortsDeps): Promise<Ports> {
  const { config, clock, logger } = deps
  const [postgres, memory, mqtt, jose, argon2] = await Promise.all([
    import('@iot/adapter-postgres'),
    import('@iot/adapter-memory'),
    import('@iot/adapter-mqtt'),
    import('@iot/adapter-jose'),
    import('@iot/adapter-argon2'),
  ])
  const secret = await findTokenSecret({
    configured: config.JWT_SECRET,
    dataDir: config.DATA_DIR,
    production: config.NODE_ENV === 'production',
  })

  const { url, components: servers } = await openServer(deps)
  const database = postgres.openDatabase({ url, poolSize: STORE_CONNECTIONS, log: logger })
  const logDatabase = postgres.openDatabase({ url, poolSize: LOG_CONNECTIONS, log: logger })
  const log = postgres.createPostgresEventLog({
    database: logDatabase,
    log: logger,
    clock,
    maxLogBytes: config.LOG_MAX_BYTES,
  })
  const windowBytes = config.LIVE_WINDOW_BYTES * BUS_WINDOW_SHARE
  const bus = memory.createInProcessBus({ clock, logger, windowBytes })
  const door = mqtt.createMqttListener({
    host: config.MQTT_HOST,
    port: config.MQTT_PORT,
    maxPacketBytes: config.MQTT_MAX_PACKET_BYTES,
    maxConnections: config.MQTT_MAX_CONNECTIONS,
    maxInFlight: config.MQTT_MAX_IN_FLIGHT,
    maxInFlightBytes: MAX_IN_FLIGHT_BYTES,
    messagesPerSecond: config.MQTT_MESSAGES_PER_SECOND,
    connectTimeoutMs: config.MQTT_CONNECT_TIMEOUT_MS,
    log: logger,
    metrics: deps.metrics,
  })
  logger.info(
    {
      log: 'postgres',
      bus: 'in-process',
      store: config.DATABASE_URL ? 'postgres' : 'embedded-postgres',
      door: 'aedes',
    },
    'adapters',
  )

  return {
    log,
    bus,
    state: bus,
    door,
    readings: postgres.createPostgresReadingStore({ database, log: logger }),
    snapshots: postgres.createPostgresSnapshotStore({ database }),
    devices: postgres.createPostgresDeviceStore({ database }),
    deadLetters: postgres.createPostgresDeadLetterStore({ database }),
    users: postgres.createPostgresUserStore({ database }),
    counter: memory.createMemoryRateCounter({ clock }),
    tokens: jose.createTokenService({ secret }),
    passwords: argon2.createPasswordHasher(),
    components: [
      ...servers,
      createDatabaseComponent({
        prepare: () => postgres.migrate(database, logger),
        look: () => database.query('SELECT 1'),
        end: () => Promise.all([database.end(), logDatabase.end()]),
        configuredUrl: config.DATABASE_URL,
        intervalMs: config.HEALTH_CHECK_INTERVAL,
        logger,
      }),
      log,
      bus,
    ],
  }
}

/** The database server: one of the operator's own, or the embedded one as a child of this process. */
async function openServer({
  config,
  logger,
}: OpenPortsDeps): Promise<{ url: string | (() => string); components: Component[] }> {
  if (config.DATABASE_URL) return { url: config.DATABASE_URL, components: [] }
  const { createEmbeddedPostgres } = await import('@iot/adapter-postgres')
  const server = createEmbeddedPostgres({
    dataDir: config.DATA_DIR,
    port: config.EMBEDDED_POSTGRES_PORT,
    log: logger,
  })
  return { url: server.url, components: [server] }
}
