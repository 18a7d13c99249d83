import { createMemoryDeviceStore } from '@iot/adapter-memory'
import { systemClock } from '@iot/ports'
import { until } from '@iot/testkit'
import { type StartedRedis, startRedis } from '@iot/testkit/containers/start-redis'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type Harness, startHarness } from './testing/harness.js'
import { createPublisher, EPOCH, type Publisher } from './testing/publisher.js'
import { type RedisProcesses, redisProcesses } from './testing/redis-processes.js'
import { ReturningClient } from './testing/returning-client.js'

const NORTH = { user: 'nora', sites: ['North'] }
const samples = (value: number) => ['south-1', 'nowhere', 'north-1'].map((deviceId) => ({ deviceId, value }))

const devices = createMemoryDeviceStore({ clock: systemClock })
let redis: StartedRedis
let processes: RedisProcesses
let publisher: Publisher
const replicas: Harness[] = []

async function startReplica(): Promise<Harness> {
  const bus = await processes.openBus()
  const replica = await startHarness({ bus: () => bus, state: bus, devices })
  replicas.push(replica)
  return replica
}

beforeAll(async () => {
  await devices.create({ deviceId: 'north-1', site: 'North' })
  await devices.create({ deviceId: 'south-1', site: 'South' })
  redis = await startRedis()
  processes = redisProcesses(redis)
  publisher = createPublisher(await processes.openBus(() => EPOCH))
  await publisher.readings(...samples(0))
}, 60_000)
afterAll(async () => {
  for (const replica of replicas) await replica.stop()
  await processes.stop()
  await redis.stop()
}, 30_000)

describe('who is limited to sites, in a fleet', () => {
  it('gets what is there by snapshot, live and after coming back to another replica, also when it has moved', async () => {
    const [one, other] = [await startReplica(), await startReplica()]
    const client = new ReturningClient({ readings: 'sensor:all', status: 'device:all' }, [
      'subscribe-all-devices',
      {},
    ])
    const { answers } = await client.connect(one, NORTH)
    expect(answers[0]!.latest).toMatchObject([{ deviceId: 'north-1', value: 0 }])
    await publisher.readings(...samples(1))
    await client.cameUpTo(1)
    client.cut()

    await devices.change('south-1', { site: 'North' })
    const witness = await other.connect(NORTH)
    await until(
      'the move is known',
      async () => (await witness.call('request:latest', 'south-1')).ok === true,
      { everyMs: 100 },
    )
    await publisher.readings(...samples(2))
    expect(await client.connect(other, NORTH)).toMatchObject({ recovered: true })
    await publisher.readings(...samples(3))
    const seen = (id: string) =>
      client.readings.filter(({ deviceId }) => deviceId === id).map(({ value }) => value)
    // What it may see is judged when it comes back: south-1 was elsewhere when it sent 1, and is here now.
    await until('the last', () => ['north-1', 'south-1'].every((id) => seen(id).at(-1) === 3))
    expect(seen('north-1')).toEqual([1, 2, 3])
    expect(seen('south-1').slice(-2)).toEqual([2, 3])
    expect(seen('nowhere')).toEqual([])
  }, 60_000)
})
