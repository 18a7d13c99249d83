import { until } from '@iot/testkit'
import { afterAll, expect, it } from '@jest/globals'
import { connectAsync, type MqttClient } from 'mqtt'
import { logIn } from '../harness/api.js'
import { say } from '../harness/say.js'
import { docker } from './harness/docker.js'
import type { Stack } from './harness/stack.js'
import { startWatcher, type Watcher } from './harness/watcher.js'

const RATE = 5_000
const PER_MESSAGE = 5
const DEVICES = 50
const SECONDS = 10
const STEP_MS = 20
const LIMIT_MS = 180_000

const MOST = { redisPerReading: 0.03, recordsPerMessage: 1, statementsPerThousand: 3 }

interface Counts {
  readonly atMs: number
  readonly redisCommands: number
  readonly transactions: number
}

type Asked = Omit<Counts, 'atMs'>

/**
 * Commands that clients send, as Redis counts them. What scripts call inside is counted under the same names as what
 * clients ask; those names (reads of a key or two by a beat every second) are left out.
 */
const CLIENT_COMMANDS = [
  'evalsha',
  'eval',
  'ping',
  'hello',
  'auth',
  'client',
  'subscribe',
  'mget',
  'zrangebylex',
]

/** What clients have asked of Redis and of the database, all of them, whoever they are. */
async function countsOf(stack: Stack): Promise<Counts> {
  const asked = 'REDISCLI_AUTH=$(cat /run/iot/redis/password) redis-cli info commandstats'
  const statistics = await inside(stack, 'redis', asked)
  const commands = [...statistics.matchAll(/^cmdstat_([a-z|]+):calls=(\d+)/gm)]
    .filter(([, name = '']) => CLIENT_COMMANDS.includes(name.split('|')[0]!))
    .map((match) => Number(match[2]))
  const transactions = await inside(
    stack,
    'timescaledb',
    `psql -U iot -d iot -At -c "SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = 'iot'"`,
  )
  return {
    atMs: performance.now(),
    redisCommands: commands.reduce((sum, one) => sum + one, 0),
    transactions: Number(transactions),
  }
}

function perSecond(before: Counts, after: Counts): Asked {
  const seconds = (after.atMs - before.atMs) / 1_000
  return {
    redisCommands: (after.redisCommands - before.redisCommands) / seconds,
    transactions: (after.transactions - before.transactions) / seconds,
  }
}

/**
 * What was asked for the readings alone. The beats of every process go on beside them, the more of them the longer a
 * slow machine takes for the same readings.
 */
function askedForReadings(before: Counts, after: Counts, atRest: Asked): Asked {
  const seconds = (after.atMs - before.atMs) / 1_000
  return {
    redisCommands: after.redisCommands - before.redisCommands - seconds * atRest.redisCommands,
    transactions: after.transactions - before.transactions - seconds * atRest.transactions,
  }
}

async function inside(stack: Stack, service: string, command: string): Promise<string> {
  const [container] = await stack.containers(service)
  return docker(['exec', container!, 'sh', '-c', command])
}

/** Publishes by the clock; resolves with the number of messages when all are acknowledged. */
async function publish(devices: readonly MqttClient[], offset: number): Promise<number> {
  const beginMs = performance.now()
  const sending: Promise<unknown>[] = []
  for (let nowMs = beginMs; nowMs - beginMs < SECONDS * 1_000; nowMs = performance.now()) {
    const due = ((nowMs - beginMs) / 1_000) * (RATE / PER_MESSAGE)
    while (sending.length < due) sending.push(publishOne(devices, offset + sending.length))
    await new Promise((resolve) => setTimeout(resolve, STEP_MS))
  }
  await Promise.all(sending)
  return sending.length
}

function publishOne(devices: readonly MqttClient[], n: number): Promise<unknown> {
  const deviceId = `counted-${n % DEVICES}`
  const timestamp = new Date(Date.now() - 3_600_000 + n).toISOString()
  const readings = Array.from({ length: PER_MESSAGE }, (_, at) => ({
    sensorType: `s${at}`,
    value: n,
    timestamp,
  }))
  return devices[n % DEVICES]!.publishAsync('sensor/data', JSON.stringify({ deviceId, readings }), { qos: 1 })
}

export function countCases(under: () => Stack): void {
  const devices: MqttClient[] = []
  let watcher: Watcher | undefined
  afterAll(() => {
    watcher?.close()
    for (const device of devices) device.end(true)
  })

  it(
    `asks little of its servers for each of ${RATE} readings a second`,
    async () => {
      const stack = under()
      const { token } = await logIn(stack)
      watcher = await startWatcher({
        name: 'counter',
        url: stack.url,
        token: async () => token,
        transport: 'websocket',
      })
      for (let n = 0; n < DEVICES; n++) {
        devices.push(await connectAsync(stack.mqttUrl, { protocolVersion: 4 }))
      }
      const idle = await countsOf(stack)
      await new Promise((resolve) => setTimeout(resolve, SECONDS * 1_000))
      const atRest = perSecond(idle, await countsOf(stack))
      const seenBefore = watcher.seen.size
      const warmUp = await publish(devices, 0)
      await until('what warmed up was seen', () => watcher!.seen.size - seenBefore >= warmUp * PER_MESSAGE, {
        withinMs: 60_000,
      })
      const [before, recordsBefore] = [await countsOf(stack), watcher.records()]
      const messages = await publish(devices, warmUp)
      const readings = messages * PER_MESSAGE
      await until(
        'every reading was seen',
        () => watcher!.seen.size - seenBefore >= warmUp * PER_MESSAGE + readings,
        { withinMs: 60_000 },
      )
      const [after, recordsAfter] = [await countsOf(stack), watcher.records()]
      const asked = askedForReadings(before, after, atRest)
      const measured = {
        redisPerReading: asked.redisCommands / readings,
        recordsPerMessage: (recordsAfter - recordsBefore) / messages,
        statementsPerThousand: (asked.transactions / readings) * 1_000,
      }
      say(JSON.stringify({ readings, atRest, ...measured }))
      expect(measured.redisPerReading).toBeGreaterThan(0)
      expect(measured.redisPerReading).toBeLessThanOrEqual(MOST.redisPerReading)
      expect(measured.recordsPerMessage).toBeLessThanOrEqual(MOST.recordsPerMessage)
      expect(measured.statementsPerThousand).toBeGreaterThan(0)
      expect(measured.statementsPerThousand).toBeLessThanOrEqual(MOST.statementsPerThousand)
    },
    LIMIT_MS,
  )
}
