import { execFileSync } from 'node:child_process'
import { describeFleetChannel } from '@iot/conformance'
import { FLEET_CHANNELS } from '@iot/contracts'
import type { FleetMessage } from '@iot/ports'
import { createMetrics, silentLogger } from '@iot/runtime'
import { until } from '@iot/testkit'
import { freePort } from '@iot/testkit/containers/free-port'
import { type StartedRedis, startRedis } from '@iot/testkit/containers/start-redis'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { createRedisFleetChannel } from './fleet-channel.js'
import { RedisConnection } from './redis-connection.js'

const CLOSE: FleetMessage = { kind: 'close', userId: 'u1', reason: 'of a test' }
const context = { signal: new AbortController().signal, fail: () => {} }
const docker = (...args: string[]) => execFileSync('docker', args, { stdio: 'ignore' })

let server: StartedRedis
const stops: (() => Promise<void>)[] = []

beforeAll(async () => {
  // A fixed port: after `docker restart` the engine would give out another.
  server = await startRedis({ hostPort: await freePort() })
})
afterEach(stopAll)
afterAll(() => server.stop())

async function stopAll(): Promise<void> {
  for (const stop of stops.splice(0).reverse()) await stop()
}

/** A process: its shared connection, its channel, and what it has counted. So long it waits for a Redis at its start. */
async function openProcess(startTimeoutMs = 20_000) {
  const port = server.port()
  const settings = { host: server.host, port, logger: silentLogger(), startTimeoutMs, isOptional: true }
  const redis = new RedisConnection(settings)
  await redis.start(context)
  const metrics = createMetrics()
  const channel = createRedisFleetChannel({ ...settings, redis, metrics })
  await channel.start(context)
  stops.push(async () => {
    await channel.stop()
    await redis.stop()
  })
  async function refused(): Promise<number> {
    const { body } = await metrics.render()
    return Number(/^iot_fleet_messages_refused_total (\d+)/m.exec(body)?.[1])
  }
  return { channel, redis, refused }
}

describeFleetChannel('on Redis', async () => {
  const one = await openProcess()
  const other = await openProcess()
  return { channel: one.channel, other: other.channel, refused: one.refused, close: stopAll }
})

describe('the fleet channel on Redis', () => {
  it('hears again after Redis has gone and come back, and says meanwhile that it does not', async () => {
    const speaker = await openProcess()
    const { channel } = await openProcess()
    const heard: FleetMessage[] = []
    channel.listen((message) => void heard.push(message))
    docker('stop', '--time', '1', server.id)
    await until('it says so', () => channel.health!().status === 'degraded')
    await until('a word is refused', () =>
      speaker.channel.send(CLOSE).then(
        () => false,
        (error) => error.retriable === true,
      ),
    )
    docker('start', server.id)
    await until('a word arrives again', async () => {
      await speaker.channel.send(CLOSE)
      return heard.length > 0
    })
    expect(channel.health!()).toEqual({ status: 'healthy' })
  })

  it('starts without Redis, and hears as soon as there is one', async () => {
    docker('stop', '--time', '1', server.id)
    const { channel } = await openProcess(500)
    const heard: FleetMessage[] = []
    channel.listen((message) => void heard.push(message))
    expect(channel.health!().status).toBe('degraded')
    docker('start', server.id)
    await until('a word arrives', async () => {
      await channel.send(CLOSE)
      return heard.length > 0
    })
  })

  it('counts what is no JSON, and does not hear other channels', async () => {
    const { channel, redis, refused } = await openProcess()
    const heard: FleetMessage[] = []
    channel.listen((message) => void heard.push(message))
    await redis.ask((client) => client.publish('another-channel', JSON.stringify(CLOSE)))
    await redis.ask((client) => client.publish(FLEET_CHANNELS.close, '{"kind":'))
    await until('it is counted', async () => (await refused()) === 1)
    await channel.send(CLOSE)
    await until('the word is heard', () => heard.length > 0)
    expect(heard).toEqual([CLOSE])
  })
})
