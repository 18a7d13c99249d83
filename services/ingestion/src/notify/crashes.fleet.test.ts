import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { TOPICS, type WebhookBody } from '@iot/contracts'
import { systemClock } from '@iot/ports'
import { createMetrics, type RunningComponents, readConfig, runComponents, silentLogger } from '@iot/runtime'
import { until } from '@iot/testkit'
import { startKafka } from '@iot/testkit/containers/start-kafka'
import { startRedis } from '@iot/testkit/containers/start-redis'
import { startTimescale } from '@iot/testkit/containers/start-timescale'
import { openPorts, portsVariables, prepareStores, prepareVariables } from '@iot/wiring'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { transitionOf } from './testing/transitions.js'

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url))
const CHANNELS = 3
const ROUNDS = 3
const ALERTS = 20

const logger = silentLogger()
const stops: (() => Promise<unknown>)[] = []
let environment: Record<string, string>

beforeAll(async () => {
  const [kafka, redis, timescale] = await Promise.all([startKafka(), startRedis(), startTimescale()])
  stops.push(kafka.stop, redis.stop, timescale.stop)
  environment = {
    NODE_ENV: 'test',
    KAFKA_BROKERS: kafka.brokers.join(','),
    REDIS_HOST: redis.host,
    REDIS_PORT: String(redis.port()),
    DATABASE_URL: timescale.url,
    NOTIFY_ALLOWED_HOSTS: '127.0.0.1',
  }
  await prepareStores({ config: readConfig(prepareVariables, environment).config, logger })
})
afterAll(async () => {
  for (const stop of stops.reverse()) await stop()
})

interface FleetProcess {
  readonly child: ChildProcess
  /** the end of what it has said */
  output: string
}

/** A process of the fleet that only tells people of alerts. */
function startProcess(): FleetProcess {
  const child = spawn(process.execPath, ['--conditions=source', '--import', 'tsx', MAIN], {
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      ...environment,
      PORT: '0',
      INGESTION_PIPELINES: 'notify',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const started: FleetProcess = { child, output: '' }
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      started.output = (started.output + text).slice(-4_000)
    })
  }
  stops.push(() => kill(started))
  return started
}

function requireRunning(processes: readonly FleetProcess[]): void {
  const ended = processes.find(({ child }) => child.exitCode !== null)
  if (ended) throw new Error(`a process has ended by itself: ${ended.output}`)
}

async function kill({ child }: FleetProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGKILL')
  await once(child, 'exit')
}

/** A receiver that takes its time, so that whoever is killed when a message arrives does not learn the answer. */
async function startReceiver() {
  const bodies: { key: string; path: string; body: WebhookBody }[] = []
  const server = http.createServer(async (request, response) => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part)
    const key = String(request.headers['idempotency-key'])
    bodies.push({ key, path: request.url ?? '', body: JSON.parse(Buffer.concat(parts).toString()) })
    setTimeout(() => response.end(), 500)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  stops.push(async () => {
    server.closeAllConnections()
    server.close()
  })
  return { bodies, port: (server.address() as AddressInfo).port }
}

async function openFleetPorts() {
  const { config } = readConfig(portsVariables, environment)
  const ports = await openPorts({ config, clock: systemClock, logger, metrics: createMetrics() }, [
    'log',
    'channels',
  ])
  const running: RunningComponents = await runComponents(ports.components, {
    log: logger,
    signal: new AbortController().signal,
  })
  stops.push(() => running.stop())
  return ports
}

describe('messages about alerts', () => {
  it('get through once each though every process is killed as they leave, and repeats are the same', async () => {
    const { bodies, port } = await startReceiver()
    const { log, channels } = await openFleetPorts()
    const ids: string[] = []
    for (let n = 0; n < CHANNELS; n++) {
      const settings = { url: `http://127.0.0.1:${port}/${n}`, secret: '0123456789abcdef' }
      const fields = { name: `c${n}`, kind: 'webhook', enabled: true, settings, route: {} } as const
      ids.push(
        (await channels.create({ ...fields, group: '1s', quietCritical: false }, 'root', Date.now()))!.id,
      )
    }
    let processes = [startProcess(), startProcess()]

    for (let round = 0; round < ROUNDS; round++) {
      const before = bodies.length
      for (let n = 0; n < ALERTS; n++) {
        const key = `d${n}`
        const record = { ...transitionOf(`r${round}-a${n}`, 1, 'opened', { deviceId: key }), key }
        await log.append(TOPICS.alerts, key, record)
      }
      const hasLeft = () => {
        requireRunning(processes)
        return bodies.length > before
      }
      await until('a message leaves', hasLeft, { withinMs: 90_000, everyMs: 5 })
      await Promise.all(processes.map(kill))
      processes = [startProcess(), startProcess()]
    }

    await until(
      'all is sent',
      async () => {
        const all = await Promise.all(ids.map((channelId) => channels.deliveries({ channelId, limit: 100 })))
        return all.every((some) => {
          const told = some.reduce((sum, { count }) => sum + count, 0)
          return told === ROUNDS * ALERTS && some.every(({ state }) => state === 'sent')
        })
      },
      { withinMs: 150_000, everyMs: 200 },
    )
    const byKey = new Map<string, string>()
    for (const { key, path, body } of bodies) {
      const content = `${path} ${JSON.stringify(body.alerts)}`
      expect(byKey.get(key) ?? content).toBe(content)
      byKey.set(key, content)
    }
    // Whoever was killed had sent at least one message of which nothing was noted.
    expect(bodies.length).toBeGreaterThanOrEqual(byKey.size + ROUNDS)
    const told = [...new Map(bodies.map((one) => [one.key, one])).values()].flatMap(({ path, body }) =>
      body.alerts.map(({ alertId }) => `${path} ${alertId}`),
    )
    expect(new Set(told).size).toBe(told.length)
    expect(told).toHaveLength(CHANNELS * ROUNDS * ALERTS)
  })
})
