import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createTokenService } from '@iot/adapter-jose'
import { createInProcessBus, createMemoryDeviceStore, createMemoryRateCounter } from '@iot/adapter-memory'
import {
  type DeviceStatus,
  PARTITIONS,
  type Positions,
  partitionOf,
  type Reading,
  type Role,
} from '@iot/contracts'
import { encodeReading } from '@iot/domain'
import {
  type DeviceStateChange,
  type LiveBatch,
  type LiveBus,
  type ReadingStore,
  systemClock,
} from '@iot/ports'
import { createMetrics, readConfig, silentLogger } from '@iot/runtime'
import { io, type ManagerOptions, type Socket, type SocketOptions } from 'socket.io-client'
import { type WebsocketConfig, websocketVariables } from '../config.js'
import { createWebsocketService } from '../service.js'

export const EPOCH = 'epoch-of-the-test'

export interface Sample {
  readonly deviceId: string
  readonly sensorType?: string
  readonly value: number
  readonly timestamp?: string
  readonly location?: string
}

export interface HarnessOptions {
  readonly config?: Partial<WebsocketConfig>
  readonly readings?: Partial<ReadingStore>
  readonly bus?: (bus: ReturnType<typeof createInProcessBus>) => LiveBus
  /** how long the state takes to answer */
  readonly beforeState?: () => Promise<void>
}

/** The whole service on a free port, over the adapters in memory, and a stand-in for `live` that feeds it. */
export async function startHarness(options: HarnessOptions = {}) {
  const clock = systemClock
  const logger = silentLogger()
  const server = createServer((_, response) => response.end('not a socket'))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const memoryBus = createInProcessBus({ clock, logger, windowBytes: 4_194_304 })
  memoryBus.open(EPOCH)
  const tokens = createTokenService({ secret: 'a secret for tests, 32 bytes or more' })
  const metrics = createMetrics()
  const { config } = readConfig(websocketVariables, {})
  const wait = options.beforeState ?? (async () => {})
  const service = createWebsocketService({
    server,
    clock,
    logger,
    metrics,
    bus: options.bus?.(memoryBus) ?? memoryBus,
    state: {
      get: (ids) => wait().then(() => memoryBus.get(ids)),
      list: (query) => wait().then(() => memoryBus.list(query)),
      counts: () => memoryBus.counts(),
      rate: () => memoryBus.rate(),
    },
    log: { epoch: EPOCH },
    readings: { ...noReadings, ...options.readings },
    devices: createMemoryDeviceStore({ clock }),
    verifier: tokens,
    counter: createMemoryRateCounter({ clock }),
    config: { ...config, ...options.config },
  })
  await service.start({ signal: new AbortController().signal, fail: () => {} })
  const sockets: Socket[] = []
  const url = `http://127.0.0.1:${port}`

  async function tokenOf(username = 'ada', role: Role = 'user', issuedAtMs = clock.nowMs()): Promise<string> {
    const claims = { userId: `id-of-${username}`, username, role, userVersion: 0 }
    return (await tokens.issue(claims, issuedAtMs)).token
  }

  async function open(
    more: Partial<ManagerOptions & SocketOptions> & { user?: string } = {},
  ): Promise<Client> {
    const token = await tokenOf(more.user)
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
    metrics,
    tokenOf,
    open,
    connect,
    publisher: createPublisher(memoryBus),
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

/** Stands in for `live`: gives offsets, encodes, publishes with the state that follows. */
export function createPublisher(bus: LiveBus) {
  const heads = new Map<string, number>()

  function place(kind: 'readings' | 'status', partition: number) {
    const before = heads.get(`${kind} ${partition}`) ?? -1
    heads.set(`${kind} ${partition}`, before + 1)
    return { before, last: before + 1 }
  }

  /** Each sample is a record of its own. */
  async function readings(...samples: Sample[]): Promise<Reading[]> {
    const published: Reading[] = []
    const batches: LiveBatch[] = []
    const changes: DeviceStateChange[] = []
    for (const sample of samples) {
      const partition = partitionOf(sample.deviceId, PARTITIONS)
      const { before, last } = place('readings', partition)
      const reading: Reading = {
        deviceId: sample.deviceId,
        sensorType: sample.sensorType ?? 'temperature',
        value: sample.value,
        timestamp: sample.timestamp ?? new Date().toISOString(),
        status: 'normal',
        ...(sample.location !== undefined && { location: sample.location }),
        position: { partition, offset: last, index: 0 },
      }
      published.push(reading)
      changes.push({ deviceId: sample.deviceId, readings: [reading], lastSeen: reading.timestamp })
      const { deviceId, sensorType } = reading
      const entry = { offset: last, index: 0, deviceId, sensorType, json: encodeReading(reading) }
      batches.push({ epoch: EPOCH, kind: 'readings', partition, before, last, entries: [entry] })
    }
    await bus.publish(batches, changes)
    return published
  }

  async function status(deviceId: string, to: DeviceStatus): Promise<void> {
    const partition = partitionOf(deviceId, PARTITIONS)
    const { before, last } = place('status', partition)
    const timestamp = new Date().toISOString()
    const body = { deviceId, status: to, timestamp, position: { partition, offset: last } }
    const entries = [{ offset: last, deviceId, json: JSON.stringify(body) }]
    await bus.publish(
      [{ epoch: EPOCH, kind: 'status', partition, before, last, entries }],
      [{ deviceId, status: to, statusAt: timestamp }],
    )
  }

  return { readings, status }
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

export async function closeServer(server: Server): Promise<void> {
  server.closeAllConnections()
  await new Promise<void>((resolve) => server.close(() => resolve()))
}
