import type { Reading } from '@iot/contracts'
import { until } from '@iot/testkit'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { type Body, type Client, type Harness, startHarness } from './testing/harness.js'

let harness: Harness
beforeEach(async () => {
  harness = await startHarness()
})
afterEach(() => harness.stop())

/** Everything before it has come once the marker has: order holds on a connection. */
async function marker(client: Client): Promise<void> {
  await client.call('ping')
}

describe('single events', () => {
  for (const transports of [['websocket'], ['polling']]) {
    it(`come once per event name, in order and unchanged, over ${transports}`, async () => {
      const client = await harness.connect({ transports })
      expect(await client.call('subscribe:device', 'd1')).toMatchObject({
        ok: true,
        recovered: false,
        latest: [],
      })
      expect(await client.call('subscribe-all-devices')).toMatchObject({ ok: true })
      const published = await harness.publisher.readings(
        ...Array.from({ length: 50 }, (_, value) => ({ deviceId: 'd1', value })),
        { deviceId: 'd2', value: 1 },
      )
      const ofD1 = published.filter(({ deviceId }) => deviceId === 'd1')
      await until('the last reading', () => client.bodies('sensor:all').length === 51)
      await marker(client)
      expect(client.bodies('sensor:reading')).toEqual(ofD1)
      expect(client.bodies('sensor:data')).toEqual(ofD1)
      expect(client.bodies('sensor:all')).toEqual(published)
      expect(client.bodies('sensor:batch')).toEqual([])
    })
  }

  it('carry only the names that were asked for', async () => {
    const client = await harness.connect()
    await client.call('subscribe:device', 'd1', { names: ['sensor:reading'] })
    await harness.publisher.readings({ deviceId: 'd1', value: 1 })
    await harness.publisher.status('d1', 'online')
    await until('the reading', () => client.bodies('sensor:reading').length === 1)
    await marker(client)
    expect(client.bodies('sensor:data')).toEqual([])
    expect(client.bodies('device:status')).toEqual([])
  })

  it('tell of status to the device’s subscribers and to those of all, once each', async () => {
    const client = await harness.connect()
    await client.call('subscribe:device', 'd1')
    await client.call('subscribe-all-devices')
    await harness.publisher.status('d1', 'online')
    await harness.publisher.status('d2', 'offline')
    await until('both', () => client.bodies('device:all').length === 2)
    await marker(client)
    expect(client.bodies('device:status')).toMatchObject([{ deviceId: 'd1', status: 'online' }])
    expect(client.bodies('device:all')).toMatchObject([{ deviceId: 'd1' }, { deviceId: 'd2' }])
  })

  it('survive text beyond ASCII', async () => {
    const client = await harness.connect()
    await client.call('subscribe:device', 'd1', { names: ['sensor:reading'] })
    const published = await harness.publisher.readings({
      deviceId: 'd1',
      sensorType: 'Nhiệt độ 🌡 "°C"',
      value: 1,
    })
    expect(await client.next('sensor:reading')).toEqual(published[0])
  })

  it('end with the unsubscribe', async () => {
    const client = await harness.connect()
    await client.call('subscribe:device', 'd1')
    expect(await client.call('unsubscribe:device', 'd1')).toEqual({ ok: true })
    await client.call('subscribe-all-devices')
    await client.call('unsubscribe-all-devices')
    await harness.publisher.readings({ deviceId: 'd1', value: 1 })
    await marker(client)
    expect(client.received.filter(({ event }) => event.startsWith('sensor:'))).toEqual([])
  })
})

describe('batch windows', () => {
  const devices = Array.from({ length: 10 }, (_, index) => `d${index}`)

  it('send one frame per window and client, however many rooms', async () => {
    const client = await harness.connect()
    for (const deviceId of devices) await client.call('subscribe:device', deviceId, { batch: true })
    const published = []
    for (let round = 0; round < 5; round++) {
      published.push(
        ...(await harness.publisher.readings(...devices.map((deviceId) => ({ deviceId, value: round })))),
      )
      const frames = round + 1
      await until('the frame', () => client.bodies('sensor:batch').length === frames)
    }
    await marker(client)
    const batches = client.bodies('sensor:batch')
    expect(batches).toHaveLength(5)
    expect(batches.flatMap(({ readings }) => readings)).toEqual(published)
    expect(client.bodies('sensor:reading')).toEqual([])
    expect(batches.at(-1)!.positions).toMatchObject({ epoch: 'epoch-of-the-test' })
  })

  it('are sent before what they are cut from has left, however long they are', async () => {
    const small = await startHarness({ config: { LIVE_WINDOW_BYTES: 200_000 } })
    try {
      const client = await small.connect()
      expect(await client.call('subscribe-all-devices', { batch: { everyMs: 2_000 } })).toMatchObject({
        ok: true,
      })
      const published: Reading[] = []
      for (let round = 0; round < 100; round++) {
        const samples = devices.map((deviceId) => ({ deviceId, value: round, location: 'x'.repeat(500) }))
        published.push(...(await small.publisher.readings(...samples)))
      }
      const received = () => client.bodies('sensor:batch').flatMap(({ readings }) => readings)
      await until('the last reading', () => (received() as Body[]).at(-1)?.value === 99, { withinMs: 20_000 })
      expect(received()).toEqual(published)
    } finally {
      await small.stop()
    }
  }, 30_000)

  it('carry each reading once over overlapping subscriptions, complete before latest', async () => {
    const client = await harness.connect()
    await client.call('subscribe-all-devices', { batch: { everyMs: 200, latest: true } })
    await client.call('subscribe:device', 'd1', { batch: true })
    const samples = [1, 2, 3].flatMap((value) => [
      { deviceId: 'd1', value },
      { deviceId: 'd2', value },
    ])
    await harness.publisher.readings(...samples)
    await until('both lanes', () => client.bodies('sensor:batch').length === 2)
    await marker(client)
    const readings = client.bodies('sensor:batch').flatMap((batch) => [...batch.readings!])
    const values = (id: string) =>
      readings.filter(({ deviceId }) => deviceId === id).map(({ value }) => value)
    expect(values('d1')).toEqual([1, 2, 3])
    expect(values('d2')).toEqual([3])
  })

  it('lose and repeat nothing while subscriptions that overlap come and go', async () => {
    const client = await harness.connect()
    await client.call('subscribe-all-devices', { batch: true })
    const changes: [string, ...unknown[]][] = [
      ['subscribe:device', 'd1', { batch: true }],
      ['subscribe-all-devices', { batch: { everyMs: 300 } }],
      ['subscribe:device', 'd1', { names: ['sensor:reading'] }],
      ['unsubscribe:device', 'd1'],
      ['subscribe:device', 'd1', { batch: { everyMs: 200 } }],
      ['unsubscribe-all-devices'],
      ['subscribe-all-devices', { batch: { everyMs: 1_000, latest: true } }],
      ['subscribe-all-devices', { batch: true }],
      ['unsubscribe:device', 'd1'],
    ]
    let value = 0
    for (const [event, ...args] of changes) {
      let answered = false
      const answer = client.call(event, ...args).finally(() => {
        answered = true
      })
      do {
        await harness.publisher.readings({ deviceId: 'd1', value: ++value })
        await new Promise((resolve) => setImmediate(resolve))
      } while (!answered)
      expect(await answer).toMatchObject({ ok: true })
    }
    const values = () =>
      client.bodies('sensor:batch').flatMap(({ readings }) => readings!.map((one) => one.value))
    await until('the last', () => values().includes(value))
    expect(values()).toEqual(Array.from({ length: value }, (_, index) => index + 1))
  })

  it('with latest never let a late reading replace a newer one', async () => {
    const client = await harness.connect()
    await client.call('subscribe-all-devices', { batch: { latest: true } })
    await harness.publisher.readings(
      { deviceId: 'd1', value: 2, timestamp: '2026-01-01T00:00:02.000Z' },
      { deviceId: 'd1', value: 1, timestamp: '2026-01-01T00:00:01.000Z' },
    )
    const batch = await client.next('sensor:batch')
    expect([...batch.readings!].map(({ value }) => value)).toEqual([2])
  })
})

describe('a snapshot and what follows', () => {
  it('has the newest readings and the status, and live goes on behind its positions', async () => {
    const [first] = await harness.publisher.readings({ deviceId: 'd1', value: 1 })
    await harness.publisher.status('d1', 'online')
    const client = await harness.connect()
    const answer = await client.call('subscribe:device', 'd1')
    expect(answer).toMatchObject({
      ok: true,
      latest: [first],
      status: [{ deviceId: 'd1', status: 'online' }],
    })
    expect(answer.positions!.readings[first!.position!.partition]).toBe(0)
    const [second] = await harness.publisher.readings({ deviceId: 'd1', value: 2 })
    await client.next('sensor:reading')
    expect(client.bodies('sensor:reading')).toEqual([second])
  })

  it('says that it is left out where it is more than one answer holds, and live comes all the same', async () => {
    const client = await harness.connect()
    const [known] = await harness.publisher.readings({ deviceId: 'd1', value: 1 })
    expect((await client.call('subscribe-all-devices')).truncated).toBeUndefined()
    const { list } = harness.bus
    harness.bus.list = async (query) =>
      (await list(query)).map((state) => ({ ...state, readings: Array(50_001).fill(known) }))
    const other = await harness.connect()
    const answer = await other.call('subscribe-all-devices')
    expect(answer).toMatchObject({ ok: true, latest: [], status: [], truncated: true })
    await harness.publisher.readings({ deviceId: 'd1', value: 2 })
    expect(await other.next('sensor:all')).toMatchObject({ value: 2 })
  })

  it('joins live without a gap or a repeat, whenever the state is read', async () => {
    await harness.stop()
    let publishMore = async () => {}
    harness = await startHarness({
      // Before and after the state is read more readings come in: the first are in the snapshot, the second not.
      bus: (bus) => bus,
      beforeState: () => publishMore(),
    })
    const client = await harness.connect()
    await harness.publisher.readings({ deviceId: 'd1', value: 0 })
    publishMore = async () => {
      await harness.publisher.readings({ deviceId: 'd1', value: 1 }, { deviceId: 'd1', value: 2 })
    }
    const answer = await client.call('subscribe:device', 'd1', { names: ['sensor:reading'] })
    publishMore = async () => {}
    await harness.publisher.readings({ deviceId: 'd1', value: 3 })
    await until('the live one', () =>
      client.bodies('sensor:reading').some(({ value }) => Number(value) === 3),
    )
    const seen = [...answer.latest!, ...client.bodies('sensor:reading')].map(({ value }) => value)
    expect(seen).toEqual([2, 3])
  })

  it('sends what came after the snapshot was read, behind the answer', async () => {
    const client = await harness.connect()
    const order: string[] = []
    client.socket.on('sensor:reading', () => order.push('live'))
    const { get } = harness.bus
    // The state is read, and before its answer is back a reading passes.
    harness.bus.get = async (ids) => {
      const states = await get(ids)
      await harness.publisher.readings({ deviceId: 'd1', value: 7 })
      return states
    }
    client.socket.emit('subscribe:device', 'd1', (answer: Body) => {
      order.push('answer')
      expect(answer.latest).toEqual([])
    })
    await until('the reading', () => client.bodies('sensor:reading').length === 1)
    expect(order).toEqual(['answer', 'live'])
  })
})
