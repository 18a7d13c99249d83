import { type AlertEvent, PARTITIONS, type Reading } from '@iot/contracts'
import { until } from '@iot/testkit'
import { type StartedRedis, startRedis } from '@iot/testkit/containers/start-redis'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type Harness, startHarness } from './testing/harness.js'
import { createPublisher, EPOCH, type Publisher } from './testing/publisher.js'
import { type RedisProcesses, redisProcesses } from './testing/redis-processes.js'
import { ReturningClient } from './testing/returning-client.js'

const DEVICES = Array.from({ length: 12 }, (_, index) => `machine-${index}`)
const RETURNS = 8
const PER_FLUSH = 24

let redis: StartedRedis
let processes: RedisProcesses
let publisher: Publisher
const replicas: Harness[] = []
const ledger: Reading[] = []
const alertLedger: AlertEvent[] = []

/** A replica as the fleet runs it: it has never seen what was published before it started. */
async function startReplica(): Promise<Harness> {
  const bus = await processes.openBus()
  const replica = await startHarness({ bus: () => bus, state: bus })
  replicas.push(replica)
  return replica
}

beforeAll(async () => {
  redis = await startRedis()
  processes = redisProcesses(redis)
  publisher = createPublisher(await processes.openBus(() => EPOCH))
  await publishSome()
}, 60_000)
afterAll(async () => {
  for (const replica of replicas) await replica.stop()
  await processes.stop()
  await redis.stop()
}, 30_000)

async function publishSome(): Promise<void> {
  const records = Array.from({ length: PER_FLUSH }, (_, index) => {
    const deviceId = DEVICES[(ledger.length + index) % DEVICES.length]!
    return [{ deviceId, value: ledger.length + index }]
  })
  ledger.push(...(await publisher.records(...records)))
  const deviceId = DEVICES[alertLedger.length % DEVICES.length]!
  alertLedger.push(...(await publisher.alerts({ deviceId }, { type: 'connectivity', site: 'North' })))
}

/** Publishes until it is told to end, as fast as Redis takes it. */
function publishOn(): () => Promise<void> {
  let isOver = false
  const running = (async () => {
    while (!isOver) {
      await publishSome()
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  })()
  return async () => {
    isOver = true
    await running
  }
}

describe('clients of a fleet', () => {
  it('lose nothing and get nothing twice while their replicas are killed and replaced under load', async () => {
    let current = await startReplica()
    const clients = [
      new ReturningClient({ readings: 'sensor:all', status: 'device:all' }, ['subscribe-all-devices', {}]),
      new ReturningClient({ readings: 'sensor:batch', status: 'device:all' }, [
        'subscribe-all-devices',
        { batch: true },
      ]),
      new ReturningClient({ alerts: 'alert' }, ['subscribe-alerts', {}]),
      new ReturningClient({ alerts: 'alert:batch' }, ['subscribe-alerts', { batch: true }]),
    ]
    for (const client of clients) await client.connect(current)
    const end = publishOn()
    for (let turn = 0; turn < RETURNS; turn++) {
      const counts = clients.map(countOf)
      await until('all have got some', () =>
        clients.every((client, index) => countOf(client) > counts[index]! + turn),
      )
      for (const client of clients) client.cut()
      const next = await startReplica()
      if (turn % 2 === 0) await current.stop()
      replicas.splice(replicas.indexOf(current), turn % 2 === 0 ? 1 : 0)
      current = next
      for (const client of clients) expect(await client.connect(current)).toMatchObject({ recovered: true })
    }
    await end()
    for (const client of clients.slice(0, 2)) await expectAll(client)
    for (const client of clients.slice(2)) await expectAllAlerts(client)
    expect(ledger.length).toBeGreaterThan(RETURNS * PER_FLUSH)
  }, 120_000)
})

const countOf = ({ readings, alerts }: ReturningClient) => readings.length + alerts.length

async function expectAll({ snapshot, readings }: ReturningClient): Promise<void> {
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const start = Number(snapshot!.positions.readings[partition] ?? -1)
    const isHere = ({ position }: Reading) => position!.partition === partition
    const wanted = ledger.filter((one) => isHere(one) && one.position!.offset > start)
    await until('the last', () => readings.filter(isHere).length >= wanted.length)
    expect(readings.filter(isHere)).toEqual(wanted)
  }
}

async function expectAllAlerts({ snapshot, alerts }: ReturningClient): Promise<void> {
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const start = Number(snapshot!.positions.alerts![partition] ?? -1)
    const isHere = ({ position }: AlertEvent) => position!.partition === partition
    const wanted = alertLedger.filter((one) => isHere(one) && one.position!.offset > start)
    await until('the last alert', () => alerts.filter(isHere).length >= wanted.length)
    expect(alerts.filter(isHere)).toEqual(wanted)
  }
}
