import {
  describeLiveBus,
  describeRateCounter,
  describeRightsBoard,
  describeServiceRegistry,
  describeSnapshotStore,
} from '@iot/conformance'
import { silentLogger } from '@iot/runtime'
import { type StartedRedis, startRedis } from '@iot/testkit/containers/start-redis'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { createRedisBus } from './live/live-bus.js'
import { createRedisRateCounter } from './rate-counter.js'
import { RedisConnection } from './redis-connection.js'
import { createRedisRightsBoard } from './rights-board.js'
import { createRedisServiceRegistry } from './service-registry.js'
import { createRedisSnapshotStore } from './snapshot-store.js'

let server: StartedRedis
let redis: RedisConnection

const settings = () => ({ host: server.host, port: server.port(), logger: silentLogger() })
const context = { signal: new AbortController().signal, fail: () => {} }

async function empty(): Promise<RedisConnection> {
  await redis.ask((client) => client.flushall())
  return redis
}

beforeAll(async () => {
  server = await startRedis()
  redis = new RedisConnection(settings())
  await redis.start(context)
})
afterAll(async () => {
  await redis.stop()
  await server.stop()
})

describeLiveBus('the bus on Redis', async (bounds) => {
  await empty()
  const epoch = 'log-1'
  const bus = createRedisBus({ ...settings(), ...bounds, epoch: () => epoch })
  await bus.start(context)
  return { epoch, bus, state: bus, close: () => bus.stop() }
})

describeSnapshotStore('on Redis', async () => createRedisSnapshotStore({ redis: await empty() }))

describeRateCounter('on Redis', async () => createRedisRateCounter({ redis: await empty() }), {
  ownTime: true,
})

describeRightsBoard('on Redis', async ({ lifetimeMs }) => ({
  board: createRedisRightsBoard({ redis: await empty(), lifetimeMs }),
}))

describeServiceRegistry('on Redis', async ({ ttlMs }) => ({
  registry: createRedisServiceRegistry({ redis: await empty(), ttlMs }),
}))

it('has stores that fail at once, and say that a retry makes sense, while Redis is away', async () => {
  const away = new RedisConnection({ ...settings(), port: 1, startTimeoutMs: 200 }, 'away')
  await expect(away.start(context)).rejects.toThrow(/Start it, or mend REDIS_HOST and REDIS_PORT/)
  const counter = createRedisRateCounter({ redis: away })
  const registry = createRedisServiceRegistry({ redis: away })
  const snapshots = createRedisSnapshotStore({ redis: away })
  const rights = createRedisRightsBoard({ redis: away })
  const begunAt = performance.now()
  for (const asked of [
    counter.hit('a', 1_000),
    registry.list(),
    snapshots.load('live', 'log-1', 0),
    rights.read(),
  ]) {
    await expect(asked).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', retriable: true })
  }
  // None of them has waited for an answer, which would be 2 s each.
  expect(performance.now() - begunAt).toBeLessThan(2_000)
  expect(away.health().status).toBe('degraded')
  await away.stop()
})

it('is told what to mend where Redis wants another password', async () => {
  await redis.ask((client) => client.config('SET', 'requirepass', 'right'))
  try {
    const wrong = new RedisConnection({ ...settings(), password: 'wrong' }, 'wrong')
    await expect(wrong.start(context)).rejects.toThrow(/Mend REDIS_PASSWORD/)
    await wrong.stop()
    const right = new RedisConnection({ ...settings(), password: 'right' }, 'right')
    await right.start(context)
    expect(right.isReady).toBe(true)
    await right.stop()
  } finally {
    await redis.ask((client) => client.config('SET', 'requirepass', ''))
  }
})
