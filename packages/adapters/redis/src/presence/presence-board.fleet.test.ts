import { describePresenceBoard } from '@iot/conformance'
import { silentLogger } from '@iot/runtime'
import { type StartedRedis, startRedis } from '@iot/testkit/containers/start-redis'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { RedisConnection } from '../redis-connection.js'
import { createRedisPresenceBoard } from './presence-board.js'

let server: StartedRedis
let redis: RedisConnection
const context = { signal: new AbortController().signal, fail: () => {} }

beforeAll(async () => {
  server = await startRedis()
  redis = new RedisConnection({ host: server.host, port: server.port(), logger: silentLogger() })
  await redis.start(context)
})
afterAll(async () => {
  await redis.stop()
  await server.stop()
})

describePresenceBoard('on Redis', async (times) => {
  await redis.ask((client) => client.flushall())
  return { board: createRedisPresenceBoard({ redis, ...times }) }
})

it('fails at once, and says that a retry makes sense, while Redis is away', async () => {
  const away = new RedisConnection({
    host: server.host,
    port: 1,
    logger: silentLogger(),
    startTimeoutMs: 200,
    isOptional: true,
  })
  await away.start(context)
  const board = createRedisPresenceBoard({ redis: away })
  for (const asked of [board.figures(), board.activity(), board.withdraw('a'), board.list({ limit: 1 })]) {
    await expect(asked).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', retriable: true })
  }
  await away.stop()
})
