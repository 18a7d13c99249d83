import { createRedisBus, type RedisBus } from '@iot/adapter-redis'
import { PARTITIONS, type Reading } from '@iot/contracts'
import { silentLogger } from '@iot/runtime'
import { until } from '@iot/testkit'
import { type StartedRedis, startRedis } from '@iot/testkit/containers/start-redis'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type Harness, startHarness } from './testing/harness.js'
import { createPublisher, EPOCH, type Publisher } from './testing/publisher.js'
import { ReturningClient } from './testing/returning-client.js'

const DEVICES = Array.from({ length: 12 }, (_, index) => `machine-${index}`)
const RETURNS = 8
const PER_FLUSH = 24

let redis: StartedRedis
let writer: RedisBus
let publisher: Publisher
const buses: RedisBus[] = []
const replicas: Harness[] = []
const ledger: Reading[] = []

async function openBus(epoch?: () => string): Promise<RedisBus> {
  const bus = createRedisBus({
    host: redis.host,
    port: redis.port(),
    logger: silentLogger(),
    windowBytes: 33_554_432,
    ...(epoch && { epoch }),
  })
  buses.push(bus)
  await bus.start({ signal: new AbortController().signal, fail: () => {} })
  return bus
}

/** A replica as the fleet runs it: it has never seen what was published before it started. */
async function startReplica(): Promise<Harness> {
  const bus = await openBus()
  const replica = await startHarness({ bus: () => bus, state: bus })
  replicas.push(replica)
  return replica
}

beforeAll(async () => {
  redis = await startRedis()
  writer = await openBus(() => EPOCH)
  publisher = createPublisher(writer)
  await publishSome()
}, 60_000)
afterAll(async () => {
  for (const replica of replicas) await replica.stop()
  for (const bus of buses) await bus.stop()
  await redis.stop()
}, 30_000)

async function publishSome(): Promise<void> {
  const records = Array.from({ length: PER_FLUSH }, (_, index) => {
    const deviceId = DEVICES[(ledger.length + index) % DEVICES.length]!
    return [{ deviceId, value: ledger.length + index }]
  })
  ledger.push(...(await publisher.records(...records)))
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
    ]
    for (const client of clients) await client.connect(current)
    const end = publishOn()
    for (let turn = 0; turn < RETURNS; turn++) {
      const counts = clients.map(({ readings }) => readings.length)
      await until('all have got some', () =>
        clients.every(({ readings }, index) => readings.length > counts[index]! + turn),
      )
      for (const client of clients) client.cut()
      const next = await startReplica()
      if (turn % 2 === 0) await current.stop()
      replicas.splice(replicas.indexOf(current), turn % 2 === 0 ? 1 : 0)
      current = next
      for (const client of clients) expect(await client.connect(current)).toMatchObject({ recovered: true })
    }
    await end()
    for (const client of clients) await expectAll(client)
    expect(ledger.length).toBeGreaterThan(RETURNS * PER_FLUSH)
  }, 120_000)
})

async function expectAll({ snapshot, readings }: ReturningClient): Promise<void> {
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const start = Number(snapshot!.positions.readings[partition] ?? -1)
    const isHere = ({ position }: Reading) => position!.partition === partition
    const wanted = ledger.filter((one) => isHere(one) && one.position!.offset > start)
    await until('the last', () => readings.filter(isHere).length >= wanted.length)
    expect(readings.filter(isHere)).toEqual(wanted)
  }
}
