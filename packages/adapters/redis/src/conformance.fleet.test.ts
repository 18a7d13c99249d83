import {
  describeLiveBus,
  describeRateCounter,
  describeServiceRegistry,
  describeSnapshotStore,
} from '@iot/conformance'
import { silentLogger } from '@iot/runtime'
import { type StartedRedis, startRedis } from '@iot/testkit/containers/start-redis'
import { afterAll, beforeAll } from '@jest/globals'
import { createRedisBus } from './live/live-bus.js'
import { createRedisRateCounter } from './rate-counter.js'
import { RedisConnection } from './redis-connection.js'
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

describeServiceRegistry('on Redis', async ({ ttlMs }) => ({
  registry: createRedisServiceRegistry({ redis: await empty(), ttlMs }),
}))
