import { PARTITIONS, type Positions, partitionOf } from '@iot/contracts'
import type { LiveBatch, LiveBus, LiveSubscriber } from '@iot/ports'
import { until } from '@iot/testkit'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { type Harness, type HarnessOptions, startHarness } from './testing/harness.js'
import { ReturningClient } from './testing/returning-client.js'

let one: Harness
let other: Harness
const open: Harness[] = []

async function start(options: HarnessOptions = {}): Promise<Harness> {
  const harness = await startHarness(options)
  open.push(harness)
  return harness
}

beforeEach(async () => {
  one = await start()
  other = await start({ beside: one })
})
afterEach(async () => {
  for (const harness of open.splice(0)) await harness.stop()
})

const SINGLE = { readings: 'sensor:all', status: 'device:all' }
const everything = () => new ReturningClient(SINGLE, ['subscribe-all-devices', {}])
const onDevice = (deviceId: string) =>
  new ReturningClient({ readings: 'sensor:reading', status: 'device:status' }, [
    'subscribe:device',
    deviceId,
    { names: ['sensor:reading', 'device:status'] },
  ])
const samples = (...deviceIds: string[]) => deviceIds.map((deviceId, value) => ({ deviceId, value }))
/** Whose positions differ from another’s because of what they say in one partition. */
function at(positions: Positions, deviceId: string, offset: number): Positions {
  const partition = partitionOf(deviceId, PARTITIONS)
  return { ...positions, readings: { ...positions.readings, [partition]: offset } }
}

describe('coming back to another replica', () => {
  for (const transports of [['websocket'], ['polling']]) {
    it(`brings what was missed, behind the answer and before what is new, over ${transports}`, async () => {
      const client = everything()
      await client.connect(one, { transports })
      const before = await one.publisher.readings(...samples('d1', 'd2'))
      const seen = await one.publisher.status('d1', 'online')
      await client.cameUpTo(2)
      client.cut()
      const missed = await one.publisher.readings(...samples('d1', 'd2', 'd3', 'd1'))
      const missedStatus = await one.publisher.status('d2', 'offline')
      const { recovered, answers } = await client.connect(other, { transports })
      const after = await one.publisher.readings(...samples('d3', 'd1'))
      await client.cameUpTo(8)
      expect(recovered).toBe(true)
      expect(answers[0]!.latest).toHaveLength(3)
      expect(client.readings).toEqual([...before, ...missed, ...after])
      expect(client.status).toEqual([seen, missedStatus])
    })
  }

  it('goes on inside a record', async () => {
    const client = onDevice('d1')
    await client.connect(one)
    const first = await one.publisher.readings({ deviceId: 'd1', value: 0 })
    await client.cameUpTo(1)
    client.cut()
    const record = await one.publisher.records(samples('d1', 'd1', 'd1'))
    const { partition, offset } = record[0]!.position!
    client.positions!.readings[partition] = [offset, 0]
    expect(await client.connect(other)).toMatchObject({ recovered: true })
    await client.cameUpTo(3)
    expect(client.readings).toEqual([...first, ...record.slice(1)])
  })

  it('brings batch subscriptions frames, with the positions up to which they go', async () => {
    const client = new ReturningClient({ readings: 'sensor:batch', status: 'device:all' }, [
      'subscribe-all-devices',
      { batch: true },
    ])
    await client.connect(one)
    const before = await one.publisher.readings(...samples('d1', 'd2'))
    await client.cameUpTo(2)
    client.cut()
    const missed = await one.publisher.readings(
      ...samples(...Array.from({ length: 1_200 }, (_, n) => `d${n % 9}`)),
    )
    expect(await client.connect(other)).toMatchObject({ recovered: true, answers: [{ missed: 1_200 }] })
    await client.cameUpTo(1_202)
    expect(client.readings).toEqual([...before, ...missed])
    for (const { position } of missed.slice(-9)) {
      expect(client.positions!.readings[position!.partition]).toBeDefined()
    }
    client.cut()
    expect(await client.connect(one)).toMatchObject({ recovered: true })
    await client.drained()
    expect(client.readings).toHaveLength(1_202)
  })

  it('brings a subscription of newest values a snapshot', async () => {
    const client = new ReturningClient({ readings: 'sensor:batch', status: 'device:all' }, [
      'subscribe-all-devices',
      { batch: { latest: true } },
    ])
    await client.connect(one)
    await one.publisher.readings(...samples('d1'))
    await client.cameUpTo(1)
    client.cut()
    const [newest] = await one.publisher.readings(...samples('d1'))
    const { recovered, answers } = await client.connect(other)
    await client.drained()
    expect([recovered, answers[0]!.latest, client.readings.length]).toEqual([false, [newest], 1])
  })

  it('brings a reading once under each name, however many subscriptions come back', async () => {
    const since = (await (await one.connect()).call('subscribe-all-devices')).positions
    const published = await one.publisher.readings(...samples('d1', 'd2', 'd1'))
    const client = await other.connect()
    const options = { since, batch: true }
    const answers = await Promise.all([
      client.call('subscribe:device', 'd1', options),
      client.call('subscribe-all-devices', options),
      client.call('subscribe:device', 'd2', { since }),
    ])
    await client.call('subscribe:device', 'd2', { since })
    await client.call('ping')
    expect(answers).toMatchObject([{ recovered: true }, { recovered: true }, { recovered: true }])
    const batched = client.bodies('sensor:batch').flatMap(({ readings }) => readings!)
    const byOffset = (list: unknown[]) => list.map((body) => JSON.stringify(body)).sort()
    expect(byOffset(batched)).toEqual(byOffset(published))
    expect(client.bodies('sensor:reading')).toEqual(published.filter(({ deviceId }) => deviceId === 'd2'))
  })

  it('waits for a replica that is behind', async () => {
    const bus = slowWire()
    const behind = await start({ beside: one, bus: bus.of })
    const client = everything()
    await client.connect(one)
    await one.publisher.readings(...samples('d1', 'd2'))
    await client.cameUpTo(2)
    client.cut()
    const back = client.connect(behind)
    await until('it has been asked', () => behind.service.figures().connections === 1)
    const missed = await one.publisher.readings(...samples('d1'))
    bus.release()
    expect(await back).toMatchObject({ recovered: true })
    await client.cameUpTo(3)
    expect(client.readings.slice(2)).toEqual(missed)
  })

  it('is counted', async () => {
    const client = everything()
    await client.connect(one)
    client.cut()
    await client.connect(other)
    expect(await other.metric('iot_socket_resumes_total{outcome="recovered"}')).toBe(1)
  })
})

describe('what can’t be had whole', () => {
  /** Sends `since` and expects a snapshot, no event of the past, and live events all the same. */
  async function expectSnapshot(harness: Harness, since: Positions, outcome: string): Promise<void> {
    const client = await harness.connect()
    const answer = await client.call('subscribe-all-devices', { since })
    await client.call('ping')
    expect(answer).toMatchObject({ ok: true, recovered: false })
    expect(answer.latest!.length).toBeGreaterThan(0)
    expect(client.bodies('sensor:all')).toEqual([])
    expect(client.bodies('device:all')).toEqual([])
    expect(await harness.metric(`iot_socket_resumes_total{outcome="${outcome}"}`)).toBe(1)
    const [next] = await harness.publisher.readings(...samples('d1'))
    expect(await client.next('sensor:all')).toEqual(next)
  }

  async function positionsNow(): Promise<Positions> {
    const client = await one.connect()
    const { positions } = await client.call('subscribe-all-devices')
    client.socket.disconnect()
    return positions!
  }

  it('is another log’s', async () => {
    await one.publisher.readings(...samples('d1'))
    const since = await positionsNow()
    await expectSnapshot(other, { ...since, epoch: 'another' }, 'epoch')
  })

  it('is what lies ahead of the log', async () => {
    await one.publisher.readings(...samples('d1'))
    const since = await positionsNow()
    await expectSnapshot(other, at(since, 'd1', 7), 'ahead')
  })

  it('is what has been trimmed in one partition, although others reach back', async () => {
    const small = await start({ beside: one, config: { LIVE_WINDOW_BYTES: 40_000 } })
    await one.publisher.readings(...samples('d2'))
    const since = await positionsNow()
    await one.publisher.readings(...samples(...Array.from({ length: 300 }, () => 'd1')))
    await expectSnapshot(small, since, 'trimmed')
    const client = await small.connect()
    const answer = await client.call('subscribe:device', 'd2', { since })
    expect(partitionOf('d1', PARTITIONS)).not.toBe(partitionOf('d2', PARTITIONS))
    expect(answer).toMatchObject({ recovered: true })
  })

  it('is what the bus itself no longer had when the replica started', async () => {
    const world = await start({ busWindowBytes: 20_000 })
    const late = await world.connect()
    const since = (await late.call('subscribe-all-devices')).positions!
    const published = await world.publisher.readings(...samples(...Array.from({ length: 300 }, () => 'd1')))
    const replica = await start({ beside: world })
    await expectSnapshot(replica, since, 'trimmed')
    const client = onDevice('d1')
    client.positions = at(since, 'd1', 280)
    expect(await client.connect(replica)).toMatchObject({ recovered: true })
    await client.cameUpTo(20)
    expect(client.readings.slice(0, 19)).toEqual(published.slice(281))
  })

  it('is more than 20 000 readings', async () => {
    const since = await positionsNow()
    for (let round = 0; round < 21; round++) {
      await one.publisher.records(Array.from({ length: 1_000 }, (_, value) => ({ deviceId: 'd1', value })))
    }
    await expectSnapshot(one, since, 'too_many')
    const client = onDevice('d1')
    client.positions = at(since, 'd1', 1)
    expect(await client.connect(one)).toMatchObject({ recovered: true })
    await client.cameUpTo(19_001)
    expect(client.readings.slice(0, 19_000).map(({ value }) => value)).toEqual(
      Array.from({ length: 19_000 }, (_, index) => index % 1_000),
    )
  })

  it('is more than 4 MiB', async () => {
    const since = await positionsNow()
    const location = 'x'.repeat(5_000)
    await one.publisher.readings(
      ...Array.from({ length: 900 }, (_, value) => ({ deviceId: 'd1', value, location })),
    )
    await expectSnapshot(one, since, 'too_many')
  })

  it('is what was lost on the bus: subscribers are told, and nobody resumes over the gap', async () => {
    const wire = slowWire()
    const replica = await start({ beside: one, bus: wire.losing })
    const watcher = everything()
    await watcher.connect(replica)
    await one.publisher.readings(...samples('d1'))
    await watcher.cameUpTo(1)
    const since = structuredClone(watcher.positions!)
    wire.lose()
    await one.publisher.readings(...samples('d1'))
    wire.release()
    await one.publisher.readings(...samples('d1'))
    await until('it is told', () => watcher.resyncs === 1)
    await watcher.cameUpTo(2)
    await expectSnapshot(replica, since, 'trimmed')
  })
})

/** The bus with a wire that holds batches back, or loses them and their place in the window. */
function slowWire() {
  const waiting: (() => void)[] = []
  let isHolding = true
  let isLosing = false
  const through = (subscriber: LiveSubscriber, take: (batch: LiveBatch) => void): LiveSubscriber => ({
    ...subscriber,
    onBatch: take,
  })
  return {
    of: (bus: LiveBus): LiveBus => ({
      ...bus,
      subscribe: (subscriber) =>
        bus.subscribe(
          through(subscriber, (batch) => {
            if (isHolding) waiting.push(() => subscriber.onBatch(batch))
            else subscriber.onBatch(batch)
          }),
        ),
    }),
    losing: (bus: LiveBus): LiveBus => ({
      ...bus,
      subscribe: (subscriber) =>
        bus.subscribe(through(subscriber, (batch) => !isLosing && subscriber.onBatch(batch))),
      window: async (kind, partition, after, epoch) =>
        after < 0 ? bus.window(kind, partition, after, epoch) : { complete: false, batches: [] },
    }),
    lose() {
      isLosing = true
    },
    release() {
      isHolding = false
      isLosing = false
      for (const deliver of waiting.splice(0)) deliver()
    },
  }
}
