import { createMemoryDeviceStore } from '@iot/adapter-memory'
import { type DeviceStore, StoreUnavailable, systemClock } from '@iot/ports'
import { until } from '@iot/testkit'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { type Client, type Harness, startHarness } from './testing/harness.js'
import { ReturningClient } from './testing/returning-client.js'

/** How long a device may take to be seen where it is: twice 5 s, for the machine may be busy with other tests. */
const MOVED_WITHIN_MS = 10_000

let devices: DeviceStore
let one: Harness
let other: Harness
beforeEach(async () => {
  devices = createMemoryDeviceStore({ clock: systemClock })
  await devices.create({ deviceId: 'north-1', site: 'North' })
  await devices.create({ deviceId: 'south-1', site: 'South' })
  await devices.create({ deviceId: 'nowhere' })
  one = await startHarness({ devices })
  other = await startHarness({ beside: one })
})
afterEach(async () => {
  await one.stop()
  await other.stop()
})

const NORTH = { user: 'nora', sites: ['North'] }
const samples = (value: number) =>
  ['south-1', 'nowhere', 'unheard-of', 'north-1'].map((deviceId) => ({ deviceId, value }))
const idsOf = (bodies: readonly { deviceId?: string }[]) => bodies.map(({ deviceId }) => deviceId)

/** Publishes of every device, one that the client sees last: with it all that it gets has come. */
async function publishAll(client: Client, event: string, value: number): Promise<void> {
  await one.publisher.readings(...samples(value))
  await until('the marker', () =>
    client
      .bodies(event)
      .flatMap((body) => body.readings ?? [body])
      .some((reading) => reading.deviceId === 'north-1' && reading.value === value),
  )
}

/** What a client was told of whether it sees the device, in order. */
function sightOf(client: Client, deviceId: string): unknown[] {
  return client
    .bodies('device:visibility')
    .filter((body) => body.deviceId === deviceId)
    .map(({ visible }) => visible)
}

describe('who is limited to sites', () => {
  for (const replica of ['one', 'other'] as const) {
    it(`gets single events of devices there, and of no others, from replica ${replica}`, async () => {
      const client = await { one, other }[replica].connect(NORTH)
      await client.call('subscribe-all-devices')
      await one.publisher.status('south-1', 'online')
      await one.publisher.status('nowhere', 'online')
      await one.publisher.status('north-1', 'offline')
      await publishAll(client, 'sensor:all', 1)
      await publishAll(client, 'sensor:all', 2)
      expect(idsOf(client.bodies('sensor:all'))).toEqual(['north-1', 'north-1'])
      expect(idsOf(client.bodies('device:all'))).toEqual(['north-1'])
    })
  }

  for (const batch of [true, { latest: true }]) {
    it(`gets batches of devices there (${JSON.stringify(batch)}), beside others who get theirs`, async () => {
      const limited = await Promise.all([one.connect(NORTH), one.connect({ ...NORTH, user: 'nils' })])
      const both = await one.connect({ user: 'bo', sites: ['South', 'North'] })
      const everything = await one.connect()
      for (const client of [...limited, both, everything]) {
        await client.call('subscribe-all-devices', { batch })
        await client.call('subscribe:device', 'north-1', { names: ['sensor:reading'] })
      }
      for (const value of [1, 2]) await publishAll(everything, 'sensor:batch', value)
      const seenBy = (client: Client) =>
        client.bodies('sensor:batch').flatMap(({ readings }) => idsOf(readings!))
      await until('the others’', () => [...limited, both].every((client) => seenBy(client).length > 0))
      for (const client of limited) expect(new Set(seenBy(client))).toEqual(new Set(['north-1']))
      expect(new Set(seenBy(both))).toEqual(new Set(['south-1', 'north-1']))
      expect(new Set(seenBy(everything))).toEqual(new Set(samples(0).map(({ deviceId }) => deviceId)))
    })
  }

  it('is answered about another device as about one that there is not', async () => {
    const client = await one.connect(NORTH)
    await one.publisher.readings(...samples(1))
    const asked = (deviceId: string) =>
      Promise.all([
        client.call('subscribe:device', deviceId),
        client.call('request:latest', deviceId),
        client.call('get:history', { deviceId, from: 0, to: 1 }),
      ])
    const none = await asked('there-is-none')
    expect(none).toMatchObject([{ code: 'NOT_FOUND' }, { code: 'NOT_FOUND' }, { code: 'NOT_FOUND' }])
    expect(await asked('south-1')).toEqual(none)
    expect(await asked('nowhere')).toEqual(none)
    expect(await asked('north-1')).toMatchObject([{ ok: true }, { ok: true }, { ok: true }])
  })

  it('finds in snapshots what is there', async () => {
    await one.publisher.readings(...samples(1))
    await one.publisher.status('south-1', 'online')
    await one.publisher.status('north-1', 'online')
    const client = await other.connect(NORTH)
    const answer = await client.call('subscribe-all-devices')
    expect(idsOf(answer.latest!)).toEqual(['north-1'])
    expect(answer.status).toMatchObject([{ deviceId: 'north-1' }])
    expect(idsOf((await client.call('request:latest')).latest!)).toEqual(['north-1'])
    const everything = await other.connect()
    expect((await everything.call('request:latest')).latest).toHaveLength(4)
  })

  for (const options of [{}, { batch: true }]) {
    it(`gets what it missed there, and nothing else, ${JSON.stringify(options)}`, async () => {
      const readings = 'batch' in options ? 'sensor:batch' : 'sensor:all'
      const client = new ReturningClient({ readings, status: 'device:all' }, [
        'subscribe-all-devices',
        options,
      ])
      await client.connect(one, NORTH)
      await one.publisher.readings(...samples(1))
      await client.cameUpTo(1)
      client.cut()
      await one.publisher.readings(...samples(2))
      await one.publisher.status('south-1', 'online')
      await one.publisher.status('north-1', 'online')
      expect(await client.connect(other, NORTH)).toMatchObject({ recovered: true })
      await one.publisher.readings(...samples(3))
      await client.cameUpTo(3)
      expect(client.readings).toMatchObject([1, 2, 3].map((value) => ({ deviceId: 'north-1', value })))
      expect(client.status).toMatchObject([{ deviceId: 'north-1' }])
    })
  }
})

describe('a device that moves', () => {
  it('is in sight where it is now, within 5 s, for all kinds of subscriptions', async () => {
    const north = await other.connect(NORTH)
    const south = await other.connect({ user: 'sue', sites: ['South'] })
    for (const client of [north, south]) {
      await client.call('subscribe-all-devices', { names: ['sensor:all'] })
    }
    const alarmed = await other.connect({ ...NORTH, user: 'al' })
    await alarmed.call('subscribe-alerts')
    const everybody = await other.connect({ user: 'eve' })
    await everybody.call('subscribe-all-devices', { names: ['sensor:all'] })
    await devices.create({ deviceId: 'north-2', site: 'North' })
    await until('it is known', async () => (await north.call('request:latest', 'north-2')).ok === true, {
      everyMs: 100,
    })
    for (const id of ['north-1', 'north-2']) await north.call('subscribe:device', id, { batch: true })
    const batched = () => north.bodies('sensor:batch').flatMap(({ readings }) => readings!)
    await one.publisher.readings({ deviceId: 'north-1', value: 1 })
    await until('the batch', () => north.bodies('sensor:batch').length === 1)

    await devices.change('north-1', { site: 'South' })
    let value = 1
    await until(
      'it is seen in the south',
      async () => {
        value += 1
        await one.publisher.readings({ deviceId: 'north-1', value }, { deviceId: 'south-1', value })
        await until('the marker', () =>
          south.bodies('sensor:all').some((body) => body.deviceId === 'south-1' && body.value === value),
        )
        return idsOf(south.bodies('sensor:all')).includes('north-1')
      },
      { withinMs: MOVED_WITHIN_MS, everyMs: 100 },
    )
    await one.publisher.readings({ deviceId: 'north-1', value: 1e6 }, { deviceId: 'north-2', value: 1e6 })
    await until('the last', () => south.bodies('sensor:all').at(-1)?.value === 1e6)
    await until('the marker', () => batched().some(({ deviceId }) => deviceId === 'north-2'))
    expect(batched().filter(({ value }) => value === 1e6)).toMatchObject([{ deviceId: 'north-2' }])
    expect(await north.call('subscribe:device', 'north-1')).toMatchObject({ code: 'NOT_FOUND' })
    expect(sightOf(north, 'north-1')).toEqual([false])
    const southern = south.bodies('sensor:all').filter(({ deviceId }) => deviceId === 'north-1')
    const northern = north.bodies('sensor:all').filter(({ deviceId }) => deviceId === 'north-1')
    // Every reading was seen in one place or the other, and none in both.
    expect([...northern, ...southern].map((body) => body.value)).toEqual([
      ...Array.from({ length: value }, (_, index) => index + 1),
      1e6,
    ])

    await devices.change('north-1', { site: 'North' })
    await until('it is back', async () => (await north.call('request:latest', 'north-1')).ok === true, {
      everyMs: 100,
    })
    const [back] = await one.publisher.readings({ deviceId: 'north-1', value: 2e6 })
    await until('the subscription speaks again', () => batched().some(({ value }) => value === back!.value))
    // Each once, though it is subscribed to every device too; who has that alone is told that it is gone.
    expect(sightOf(north, 'north-1')).toEqual([false, true])
    await until('that it is gone', () => sightOf(south, 'north-1').length > 0)
    expect(south.bodies('device:visibility')).toEqual([{ deviceId: 'north-1', visible: false }])
    expect(alarmed.bodies('device:visibility')).toEqual([])
    expect(everybody.bodies('device:visibility')).toEqual([])
  })

  it('stays where it was known while the store is away', async () => {
    const client = await one.connect(NORTH)
    await client.call('subscribe-all-devices')
    const { sitesVersion } = devices
    let asked = 0
    devices.sitesVersion = () => {
      asked += 1
      return Promise.reject(new StoreUnavailable('away'))
    }
    await until('the store was asked', () => asked >= 2, { withinMs: 10_000 })
    await publishAll(client, 'sensor:all', 1)
    expect(await other.metric('iot_socket_sites_age_seconds')).toBeGreaterThan(1)
    await devices.change('south-1', { site: 'North' })
    devices.sitesVersion = sitesVersion
    await until('it goes on', async () => (await client.call('request:latest', 'south-1')).ok === true, {
      everyMs: 100,
    })
  })
})

describe('subscribe:all', () => {
  it('is for administrators, who get every device as sensor:data', async () => {
    const user = await one.connect()
    expect(await user.call('subscribe:all')).toMatchObject({ ok: false, code: 'FORBIDDEN' })
    const admin = await one.connect({ user: 'root', role: 'admin' })
    expect(await admin.call('subscribe:all')).toMatchObject({ ok: true, latest: [] })
    await admin.call('subscribe:device', 'north-1', { names: ['sensor:data'] })
    await admin.call('subscribe-all-devices')
    await publishAll(admin, 'sensor:data', 1)
    expect(idsOf(admin.bodies('sensor:data'))).toEqual(idsOf(samples(1)))
    expect(idsOf(admin.bodies('sensor:all'))).toEqual(idsOf(samples(1)))
    await admin.call('unsubscribe:device', 'north-1')
    await admin.call('unsubscribe:all')
    await publishAll(admin, 'sensor:all', 2)
    expect(admin.bodies('sensor:data')).toHaveLength(4)
  })

  it('comes in batches too, and resumes', async () => {
    const client = new ReturningClient({ readings: 'sensor:batch', status: 'device:all' }, [
      'subscribe:all',
      { batch: true },
    ])
    const ROOT = { user: 'root', role: 'admin' as const }
    await client.connect(one, ROOT)
    const first = await one.publisher.readings(...samples(1))
    await client.cameUpTo(4)
    client.cut()
    const missed = await one.publisher.readings(...samples(2))
    expect(await client.connect(other, ROOT)).toMatchObject({ recovered: true })
    await client.cameUpTo(8)
    expect(client.readings).toEqual([...first, ...missed])
  })
})
