import { createServer, type Server as HttpServer } from 'node:http'
import { createTokenService } from '@iot/adapter-jose'
import {
  createInProcessBus,
  createMemoryDeviceStore,
  createMemoryNotificationStore,
  createMemoryPresenceBoard,
  createMemoryRateCounter,
} from '@iot/adapter-memory'
import type { Reading } from '@iot/contracts'
import { encodeReading } from '@iot/domain'
import {
  type LiveBatch,
  type LiveBus,
  type LiveEntry,
  type LiveState,
  type ReadingStore,
  systemClock,
} from '@iot/ports'
import { createMetrics, type Metrics, readConfig, silentLogger } from '@iot/runtime'
import { createWebsocketService, type WebsocketConfig, websocketVariables } from '@iot/websocket-service'
import { Server } from 'socket.io'
import { CLIENTS } from './protocol.js'

/** The log whose readings are sent. */
export const EPOCH = 'bench'

/** A server under test: what it takes to send one reading to everybody. */
export interface SideUnderTest {
  readonly server: HttpServer
  readonly token: string
  readonly metrics?: Metrics
  /** what came since the last time, of any devices */
  send(readings: readonly Reading[]): void
}

/** The whole websocket-service, at whatever bus. */
export interface ReplicaUnderTest {
  readonly server: HttpServer
  readonly token: string
  readonly metrics: Metrics
}

export interface EncodedReading {
  readonly partition: number
  readonly entry: LiveEntry
}

/** Socket.IO as its documentation has it: a room per device, one emit per reading. No login. */
export function createStock(): SideUnderTest {
  const server = createServer()
  const io = new Server(server, { perMessageDeflate: false, serveClient: false, pingInterval: 600_000 })
  io.on('connection', (socket) => {
    socket.on('subscribe:device', (deviceId: string) => socket.join(`device:${deviceId}`))
  })
  return {
    server,
    token: '',
    send(readings) {
      for (const reading of readings) io.to(`device:${reading.deviceId}`).emit('sensor:reading', reading)
    },
  }
}

/** For clients that are all one user's, from one address, and come at once. */
export const NO_LIMITS = {
  SOCKET_MAX_CONNECTIONS_PER_USER: 10_000,
  SOCKET_MAX_CONNECTIONS_PER_ADDRESS: 10_000,
  SOCKET_HANDSHAKES_PER_SECOND: 10_000,
}

/** The whole websocket-service behind the bus of its process; encoding the reading, which `live` does, is counted too. */
export async function createOurs(
  more: Partial<WebsocketConfig> = {},
): Promise<SideUnderTest & ReplicaUnderTest> {
  const bus = createInProcessBus({
    clock: systemClock,
    logger: silentLogger(),
    windowBytes: 33_554_432,
  })
  bus.open(EPOCH)
  const replica = await createReplica(bus, more)
  return { ...replica, send: (readings) => void bus.publish(batchesOf(readings.map(encode)), []) }
}

export async function createReplica(
  bus: LiveBus & LiveState,
  more: Partial<WebsocketConfig> = {},
): Promise<ReplicaUnderTest> {
  const clock = systemClock
  const logger = silentLogger()
  const server = createServer()
  const tokens = createTokenService({ secret: 'a secret for the bench, 32 bytes or more' })
  const metrics = createMetrics()
  const { config } = readConfig(websocketVariables, {})
  const service = createWebsocketService({
    server,
    services: async () => ({}),
    clock,
    logger,
    bus,
    state: bus,
    log: { epoch: EPOCH },
    metrics,
    readings: noReadings,
    devices: createMemoryDeviceStore({ clock }),
    audit: { add: async () => {} },
    alerts: { list: async () => [], countActive: async () => ({ warning: 0, critical: 0 }) },
    verifier: tokens,
    rights: { check: () => 'current', heed: () => {}, onChange: () => () => {} },
    channel: { send: async () => {}, listen: () => () => {} },
    notifications: createMemoryNotificationStore({
      clock,
      users: { findById: async () => undefined, findByUsername: async () => undefined },
    }),
    presence: createMemoryPresenceBoard({ clock }),
    relay: undefined,
    instance: 'bench',
    counter: createMemoryRateCounter({ clock }),
    config: {
      ...config,
      SOCKET_MAX_CONNECTIONS_PER_USER: CLIENTS,
      SOCKET_IO_PING_INTERVAL: 600_000,
      ...more,
    },
  })
  await service.start({ signal: new AbortController().signal, fail: () => {} })
  const claims = { userId: '1', username: 'bench', role: 'user', userVersion: 0 } as const
  const { token } = await tokens.issue(claims, clock.nowMs())
  return { server, token, metrics }
}

export function encode(reading: Reading): EncodedReading {
  const { deviceId, sensorType, position } = reading
  const { partition, offset } = position!
  return { partition, entry: { offset, index: 0, deviceId, sensorType, json: encodeReading(reading) } }
}

/** One batch for each partition, as `live` flushes. */
export function batchesOf(encoded: readonly EncodedReading[]): LiveBatch[] {
  const byPartition = new Map<number, LiveEntry[]>()
  for (const { partition, entry } of encoded) {
    const entries = byPartition.get(partition)
    if (entries) entries.push(entry)
    else byPartition.set(partition, [entry])
  }
  return [...byPartition].map(([partition, entries]) => ({
    epoch: EPOCH,
    kind: 'readings',
    partition,
    before: entries[0]!.offset - 1,
    last: entries.at(-1)!.offset,
    entries,
  }))
}

const noReadings: ReadingStore = {
  write: async () => ({ inserted: 0, repeated: 0, refused: 0 }),
  read: async () => [],
  buckets: async () => [],
  latest: async () => [],
  dropBefore: async () => 0,
}
