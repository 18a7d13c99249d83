import { createRedisPresenceBoard, createRedisSocketRelay, RedisConnection } from '@iot/adapter-redis'
import { silentLogger } from '@iot/runtime'
import { type StartedRedis, startRedis } from '@iot/testkit/containers/start-redis'
import { afterAll, beforeAll } from '@jest/globals'
import { startHarness } from './testing/harness.js'
import { describePresence } from './testing/presence-cases.js'

/** Real time is too long for a test at the fleet’s own patience: a quarter of it. */
const TIMES = { ttlMs: 4_000, graceMs: 3_000 }
let server: StartedRedis

beforeAll(async () => {
  server = await startRedis()
}, 60_000)
afterAll(() => server.stop(), 30_000)

describePresence('on Redis', async ({ perUser = 50, perAddress = 1_000 } = {}) => {
  const context = { signal: new AbortController().signal, fail: () => {} }
  const settings = { host: server.host, port: server.port(), logger: silentLogger() }
  const config = {
    SOCKET_MAX_CONNECTIONS_PER_USER: perUser,
    SOCKET_MAX_CONNECTIONS_PER_ADDRESS: perAddress,
  }

  async function startReplica(instance: string) {
    const redis = new RedisConnection(settings)
    await redis.start(context)
    const relay = createRedisSocketRelay({ redis, settings })
    await relay.start(context)
    const board = createRedisPresenceBoard({ redis, ...TIMES })
    const harness = await startHarness({ presence: board, relay, instance, config })
    return { harness, board, redis, relay }
  }

  const cleaner = new RedisConnection(settings)
  await cleaner.start(context)
  await cleaner.ask((client) => client.flushall())
  await cleaner.stop()
  const one = await startReplica('one')
  const other = await startReplica('other')
  let isDead = false

  async function stop({ harness, relay, redis }: typeof one): Promise<void> {
    await harness.stop()
    await relay.stop()
    await redis.stop()
  }

  return {
    replicas: [one.harness, other.harness],
    board: one.board,
    // The board’s time is Redis’ own: whoever waits for a fact waits long enough.
    pass: async () => {},
    /** It says nothing more to Redis, and its sockets end as those of a killed process do. */
    async kill() {
      isDead = true
      await other.relay.stop()
      await other.redis.stop()
      other.harness.server.closeAllConnections()
      await other.harness.stop()
    },
    async close() {
      await stop(one)
      if (!isDead) await stop(other)
    },
  }
})
