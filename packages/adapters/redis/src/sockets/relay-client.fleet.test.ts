import { silentLogger } from '@iot/runtime'
import { until } from '@iot/testkit'
import { type StartedRedis, startRedis } from '@iot/testkit/containers/start-redis'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { RedisConnection } from '../redis-connection.js'
import { RelayClient } from './relay-client.js'

const context = { signal: new AbortController().signal, fail: () => {} }
let server: StartedRedis
let publisher: RedisConnection
let subscriber: RedisConnection
let client: RelayClient
let heard: string[]

beforeAll(async () => {
  server = await startRedis()
  const settings = { host: server.host, port: server.port(), logger: silentLogger() }
  publisher = new RedisConnection(settings)
  subscriber = new RedisConnection(settings, 'sockets')
  await publisher.start(context)
  client = new RelayClient({ publisher, subscriber, logger: silentLogger() })
  // As the adapter does it: before anything is connected.
  await client.ssubscribe('news')
  client.on('smessageBuffer', (channel, message) => {
    if (message.toString() === 'unreadable') throw new Error('as the adapter throws')
    heard.push(`${channel} ${message}`)
  })
  await subscriber.start(context)
}, 60_000)
afterAll(async () => {
  await subscriber.stop()
  await publisher.stop()
  await server.stop()
}, 30_000)
beforeEach(() => {
  heard = []
})

/** Publishes until it is heard: a subscription comes back in its own time. */
async function publishUntilHeard(text: string): Promise<void> {
  await until(`“${text}” is heard`, async () => {
    await client.spublish('news', text)
    return heard.includes(`news ${text}`)
  })
}

describe('the client of Socket.IO’s adapter', () => {
  it('carries what is published on its channels', async () => {
    await publishUntilHeard('hello')
  })

  it('goes on after a message that can’t be read', async () => {
    await client.spublish('news', 'unreadable')
    await publishUntilHeard('after it')
  })

  it('hears again when its connection was cut', async () => {
    await publisher.ask((one) => one.client('KILL', 'TYPE', 'PUBSUB'))
    await publishUntilHeard('after the cut')
  })

  it('hears no more of a channel that it has left', async () => {
    await client.ssubscribe('other')
    await client.sunsubscribe('other')
    await client.spublish('other', 'unheard')
    await publishUntilHeard('marker')
    expect(heard).not.toContain('other unheard')
  })

  it('rejects nothing while Redis is away: what is published is lost', async () => {
    const settings = {
      host: server.host,
      port: 1,
      logger: silentLogger(),
      isOptional: true,
      startTimeoutMs: 100,
    }
    const away = new RedisConnection(settings, 'away')
    await away.start(context)
    const lost = new RelayClient({ publisher: away, subscriber: away, logger: silentLogger() })
    await lost.ssubscribe('news')
    expect(await lost.spublish('news', 'lost')).toBe(0)
    await lost.sunsubscribe('news')
    await away.stop()
  })
})
