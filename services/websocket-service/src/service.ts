import type { Server as HttpServer } from 'node:http'
import type { ComponentHealth } from '@iot/contracts'
import type {
  AlertStore,
  AuditStore,
  Clock,
  DeviceStore,
  EventLog,
  FleetChannel,
  LiveBus,
  LiveState,
  NotificationStore,
  PresenceBoard,
  RateCounter,
  ReadingStore,
  SocketRelay,
  TokenVerifier,
} from '@iot/ports'
import {
  type Component,
  createAllowedOrigins,
  createClientAddress,
  type Logger,
  type Metrics,
  type RightsWatch,
} from '@iot/runtime'
import type { WebsocketConfig } from './config.js'
import { createWebsocketMetrics } from './metrics.js'
import { createReplica, type Replica } from './replica.js'
import { SessionRegistry } from './sessions/session-registry.js'

export interface WebsocketServiceDeps {
  /** Has its request handler already; the sockets are attached at start. It is not closed here. */
  readonly server: HttpServer
  readonly log: Pick<EventLog, 'epoch'>
  readonly bus: LiveBus
  readonly state: LiveState
  readonly readings: ReadingStore
  readonly devices: DeviceStore
  readonly alerts: Pick<AlertStore, 'list' | 'countActive'>
  /** what people do here that changes something for others */
  readonly audit: Pick<AuditStore, 'add'>
  readonly verifier: TokenVerifier
  readonly rights: Pick<RightsWatch, 'check' | 'heed' | 'onChange'>
  readonly channel: FleetChannel
  readonly presence: PresenceBoard
  /** between two reports to it while nobody comes or goes, ms */
  readonly presenceBeatMs?: number | undefined
  /** to the rooms of the other replicas, where there are any */
  readonly relay?: SocketRelay | undefined
  /** unique among the processes that live */
  readonly instance: string
  readonly notifications: NotificationStore
  readonly counter: RateCounter
  /** Health of the services by the guide's names. */
  services(): Promise<Record<string, ComponentHealth>>
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Metrics
  readonly config: WebsocketConfig
}

export interface WebsocketService extends Component {
  /** How many are connected here. */
  figures(): { connections: number; users: number }
}

/** From the live bus to browsers. It holds nothing that can't be made again from the bus. */
export function createWebsocketService(deps: WebsocketServiceDeps): WebsocketService {
  const { config, logger } = deps
  const sessions = new SessionRegistry()
  const origins = createAllowedOrigins(config)
  const addressOf = createClientAddress(config.TRUST_PROXY)
  const metrics = createWebsocketMetrics(deps.metrics, {
    connections: () => sessions.places,
    users: () => sessions.users,
    lagging: () => running?.delivery.slow.lagging ?? 0,
    sitesAgeMs: () => running?.sitesAgeMs() ?? 0,
  })
  let running: Replica | undefined

  return {
    name: 'websocket-service',
    figures: () => ({ connections: sessions.places, users: sessions.users }),
    async start() {
      running = createReplica({ ...deps, sessions, origins, addressOf, socketMetrics: metrics })
      await running.start()
      logger.info({ path: config.SOCKET_IO_PATH, origins: origins.origins }, 'sockets are open')
    },
    async stop() {
      await running?.drain()
      await running?.stop()
      running = undefined
    },
    health: () => (running ? { status: 'healthy' } : { status: 'down', detail: 'not started' }),
  }
}
