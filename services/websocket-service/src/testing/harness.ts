import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createTokenService } from '@iot/adapter-jose'
import {
  createInProcessBus,
  createMemoryAlertStore,
  createMemoryDeviceStore,
  createMemoryFleetChannel,
  createMemoryNotificationStore,
  createMemoryPresenceBoard,
  createMemoryRateCounter,
} from '@iot/adapter-memory'
import type { AccessClaims, ComponentHealth, Positions, Reading, Role } from '@iot/contracts'
import {
  type AlertStore,
  type AuditStore,
  type Clock,
  type DeviceStore,
  type FleetChannel,
  type LiveBus,
  type LiveState,
  type NotificationStore,
  type PresenceBoard,
  type ReadingStore,
  type SocketRelay,
  systemClock,
} from '@iot/ports'
import { createMetrics, type Logger, type RightsWatch, readConfig, silentLogger } from '@iot/runtime'
import { io, type ManagerOptions, type Socket, type SocketOptions } from 'socket.io-client'
import { type WebsocketConfig, websocketVariables } from '../config.js'
import { createWebsocketService } from '../service.js'
import { createPublisher, EPOCH, type Publisher } from './publisher.js'

type Bus = ReturnType<typeof createInProcessBus>

export interface HarnessOptions {
  readonly config?: Partial<WebsocketConfig>
  readonly readings?: Partial<ReadingStore>
  /** without it, one that holds none */
  readonly audit?: Pick<AuditStore, 'add'>
  readonly alerts?: Pick<AlertStore, 'list'> & Partial<Pick<AlertStore, 'countActive'>>
  readonly services?: () => Promise<Record<string, ComponentHealth>>
  readonly bus?: (bus: Bus) => LiveBus
  /** another replica, whose bus, state and publisher it shares */
  readonly beside?: { readonly bus: Bus; readonly publisher: Publisher; readonly devices?: DeviceStore }
  /** without it, one of its own (or that of the other replica) */
  readonly devices?: DeviceStore
  /** without it, the state that the bus in memory holds */
  readonly state?: LiveState
  readonly busWindowBytes?: number
  /** without it, nobody’s rights have changed */
  readonly rights?: Pick<RightsWatch, 'check' | 'heed' | 'onChange'>
  readonly logger?: Logger
  /** the one that another replica has too */
  readonly channel?: FleetChannel
  /** the one that another replica has too */
  readonly presence?: PresenceBoard
  /** between two reports to it, ms */
  readonly presenceBeatMs?: number
  readonly relay?: SocketRelay
  readonly instance?: string
  readonly clock?: Clock
  /** without it, one whose users nobody knows */
  readonly notifications?: NotificationStore
  /** how long the state takes to answer */
  readonly beforeState?: () => Promise<void>
}

/** The whole service on a free port, over the adapters in memory, and a stand-in for `live` that feeds it. */
export async function startHarness(options: HarnessOptions = {}) {
  const clock = options.clock ?? systemClock
  const logger = options.logger ?? silentLogger()
  const server = createServer((_, response) => response.end('not a socket'))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const memoryBus =
    options.beside?.bus ??
    createInProcessBus({ clock, logger, windowBytes: options.busWindowBytes ?? 4_194_304 })
  memoryBus.open(EPOCH)
  const tokens = createTokenService({ secret: 'a secret for tests, 32 bytes or more' })
  const metrics = createMetrics()
  const { config } = readConfig(websocketVariables, {})
  const wait = options.beforeState ?? (async () => {})
  const state = options.state ?? memoryBus
  const devices = options.devices ?? options.beside?.devices ?? createMemoryDeviceStore({ clock })
  const service = createWebsocketService({
    server,
    clock,
    logger,
    metrics,
    bus: options.bus?.(memoryBus) ?? memoryBus,
    state: {
      get: (ids) => wait().then(() => state.get(ids)),
      list: (query) => wait().then(() => state.list(query)),
      counts: () => state.counts(),
      rate: () => state.rate(),
    },
    log: { epoch: EPOCH },
    services: options.services ?? (async () => ({ 'websocket-service': 'healthy' as const })),
    readings: { ...noReadings, ...options.readings },
    devices,
    audit: options.audit ?? { add: async () => {} },
    alerts: { ...createMemoryAlertStore({ audit: { add: async () => {} } }), ...options.alerts },
    verifier: tokens,
    rights: options.rights ?? { check: () => 'current', heed: () => {}, onChange: () => () => {} },
    channel: options.channel ?? createMemoryFleetChannel({ logger, metrics }),
    notifications:
      options.notifications ??
      createMemoryNotificationStore({
        clock,
        users: { findById: async () => undefined, findByUsername: async () => undefined },
      }),
    presence: options.presence ?? createMemoryPresenceBoard({ clock }),
    presenceBeatMs: options.presenceBeatMs,
    relay: options.relay,
    instance: options.instance ?? `replica-${port}`,
    counter: createMemoryRateCounter({ clock }),
    config: { ...config, ...options.config },
  })
  await service.start({ signal: new AbortController().signal, fail: () => {} })
  const sockets: Socket[] = []
  const url = `http://127.0.0.1:${port}`

  async function tokenOf(
    username = 'ada',
    role: Role = 'user',
    issuedAtMs = clock.nowMs(),
    more: Partial<AccessClaims> = {},
  ): Promise<string> {
    const claims = { userId: `id-of-${username}`, username, role, userVersion: 0, ...more }
    return (await tokens.issue(claims, issuedAtMs)).token
  }

  async function open(
    more: Partial<ManagerOptions & SocketOptions> & { user?: string; role?: Role; sites?: string[] } = {},
  ): Promise<Client> {
    const token = await tokenOf(more.user, more.role, undefined, more.sites && { sites: more.sites })
    const socket = io(url, {
      transports: ['websocket'],
      forceNew: true,
      reconnection: false,
      auth: { token },
      ...more,
    })
    sockets.push(socket)
    return watch(socket)
  }

  async function connect(more: Parameters<typeof open>[0] = {}): Promise<Client> {
    const client = await open(more)
    await client.next('welcome')
    return client
  }

  return {
    url,
    port,
    server,
    service,
    bus: memoryBus,
    devices,
    metrics,
    tokens,
    tokenOf,
    open,
    connect,
    publisher: options.beside?.publisher ?? createPublisher(memoryBus),
    /** The value of a metric, by its name and labels as Prometheus shows them. */
    async metric(name: string): Promise<number> {
      const { body } = await metrics.render()
      return Number(
        body
          .split('\n')
          .find((line) => line.startsWith(`${name} `))
          ?.slice(name.length),
      )
    },
    async stop() {
      for (const socket of sockets) socket.disconnect()
      await service.stop()
      await closeServer(server)
    },
  }
}

export type Harness = Awaited<ReturnType<typeof startHarness>>

const noReadings: ReadingStore = {
  write: async () => ({ inserted: 0, repeated: 0, refused: 0 }),
  read: async () => [],
  buckets: async () => [],
  latest: async () => [],
  dropBefore: async () => 0,
}

/** What came over the wire. */
export interface Body {
  readonly [field: string]: unknown
  readonly latest?: Reading[]
  readonly readings?: Reading[]
  readonly positions?: Positions
  readonly data?: Reading[]
  readonly deviceId?: string
  readonly value?: number
}

export interface Received {
  readonly event: string
  readonly body: Body
}

/** A stock client, and all that it got, in order. */
export interface Client {
  readonly socket: Socket
  readonly received: Received[]
  bodies(event: string): Body[]
  /** Resolves with the first body of an event, also one that has come already. */
  next(event: string): Promise<Body>
  /** Resolves with the callback’s answer. */
  call(event: string, ...args: unknown[]): Promise<Body>
}

function watch(socket: Socket): Client {
  const received: Received[] = []
  const bodies = (event: string) => received.filter((one) => one.event === event).map(({ body }) => body)
  socket.onAny((event: string, body: Body) => received.push({ event, body }))
  return {
    socket,
    received,
    bodies,
    async next(event): Promise<Body> {
      const came = bodies(event)
      if (came[0]) return came[0]
      return await new Promise<Body>((resolve, reject) => {
        socket.once(event, resolve)
        if (event !== 'connect_error') socket.once('connect_error', reject)
      })
    },
    call: (event, ...args) =>
      new Promise((resolve) => {
        socket.emit(event, ...args, (answer: Body) => resolve(answer))
      }),
  }
}

async function closeServer(server: Server): Promise<void> {
  server.closeAllConnections()
  await new Promise<void>((resolve) => server.close(() => resolve()))
}
