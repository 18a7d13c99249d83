import { createMemoryDeviceStore } from '@iot/adapter-memory'
import type { Alert, AlertEvent, AlertsSubscribed, Positions } from '@iot/contracts'
import { type AlertQuery, systemClock } from '@iot/ports'
import { until } from '@iot/testkit'
import { afterEach, describe, expect, it } from '@jest/globals'
import type { Body, Client, Harness, HarnessOptions } from './testing/harness.js'
import { startHarness } from './testing/harness.js'
import { EPOCH } from './testing/publisher.js'

let harnesses: Harness[] = []
async function start(options: HarnessOptions = {}): Promise<Harness> {
  const harness = await startHarness(options)
  harnesses.push(harness)
  return harness
}
afterEach(async () => {
  await Promise.all(harnesses.map((harness) => harness.stop()))
  harnesses = []
})

const idsOf = (bodies: readonly Body[]) => bodies.map(({ alertId, seq }) => `${alertId} ${seq}`)
const batched = (client: Client) =>
  client.bodies('alert:batch').flatMap(({ alerts }) => alerts as unknown as Body[])
const subscribe = async (client: Client, options?: object) =>
  (await client.call('subscribe-alerts', ...(options ? [options] : []))) as unknown as AlertsSubscribed
const drained = (client: Client) => client.call('ping')

/** Alerts of a store, as they come out of it. */
function storeOf(...sketches: Partial<Alert>[]) {
  const queries: AlertQuery[] = []
  const alerts = sketches.map(
    (sketch): Alert => ({
      alertId: 'stored',
      deviceId: 'd1',
      severity: 'warning',
      type: 'threshold',
      message: 'stored',
      timestamp: '2026-01-01T00:00:00.000Z',
      openedAt: '2026-01-01T00:00:00.000Z',
      state: 'open',
      episode: 1,
      seq: 1,
      ...sketch,
    }),
  )
  return {
    queries,
    store: {
      list: async (query: AlertQuery) => {
        queries.push(query)
        return alerts.slice(0, query.limit)
      },
    },
  }
}

describe('alerts on the sockets', () => {
  it('come to who subscribed alerts, and to the rooms of their devices, each once under each name', async () => {
    const { connect, publisher } = await start()
    const [alerts, device, other] = [await connect(), await connect(), await connect()]
    await subscribe(alerts)
    await alerts.call('subscribe:device', 'd1')
    await device.call('subscribe:device', 'd1')
    await other.call('subscribe:device', 'd2')
    const [opened] = await publisher.alerts({ alertId: 'a', deviceId: 'd1' })
    const [closed] = await publisher.alerts({ alertId: 'a', deviceId: 'd1', seq: 2, transition: 'closed' })
    await until('both', () => alerts.bodies('alert').length === 2)
    expect(alerts.bodies('alert')).toEqual([opened, closed])
    for (const client of [alerts, device]) {
      await until('both', () => client.bodies('alert:device').length === 2)
      expect(client.bodies('alert:device')).toEqual([opened, closed])
    }
    await drained(other)
    expect([...other.bodies('alert:device'), ...device.bodies('alert')]).toEqual([])
    await alerts.call('unsubscribe-alerts')
    await publisher.alerts({ deviceId: 'd1' })
    await until('the room', () => alerts.bodies('alert:device').length === 3)
    expect(alerts.bodies('alert')).toHaveLength(2)
  })

  it('begin with those that are active: the store’s, and over them what was shown since', async () => {
    const { store, queries } = storeOf(
      { alertId: 'old', openedAt: '2026-01-01T00:00:01.000Z' },
      { alertId: 'over', seq: 3, openedAt: '2026-01-01T00:00:02.000Z' },
      { alertId: 'acked', seq: 1, openedAt: '2026-01-01T00:00:03.000Z' },
      { alertId: 'ahead', seq: 9, openedAt: '2026-01-01T00:00:04.000Z', state: 'acknowledged' },
    )
    const { connect, publisher } = await start({ alerts: store })
    await publisher.alerts(
      { alertId: 'over', deviceId: 'd1', seq: 4, state: 'closed', transition: 'closed' },
      {
        alertId: 'acked',
        deviceId: 'd1',
        seq: 2,
        state: 'acknowledged',
        transition: 'acknowledged',
        by: 'ada',
      },
      { alertId: 'ahead', deviceId: 'd1', seq: 8 },
      { alertId: 'new', deviceId: 'd2' },
      { alertId: 'brief', deviceId: 'd2' },
      { alertId: 'brief', deviceId: 'd2', seq: 2, state: 'closed', transition: 'closed' },
    )
    const client = await connect()
    const answer = await subscribe(client)
    expect(answer).toMatchObject({ ok: true, recovered: false })
    expect(answer.truncated).toBeUndefined()
    expect(answer.alerts.map(({ alertId, seq, state }) => `${alertId} ${seq} ${state}`)).toEqual([
      'new 1 open',
      'acked 2 acknowledged',
      'ahead 9 acknowledged',
      'old 1 open',
    ])
    for (const alert of answer.alerts) expect(alert).not.toHaveProperty('transition')
    expect(queries).toEqual([{ states: ['open', 'acknowledged', 'shelved'], limit: 1_001 }])
    await publisher.alerts({ alertId: 'next', deviceId: 'd1' })
    await until('the next', () => client.bodies('alert').length > 0)
    expect(idsOf(client.bodies('alert'))).toEqual(['next 1'])
  })

  it('say so where they are more than one answer holds, or the store is away', async () => {
    const many = Array.from({ length: 1_001 }, (_, index) => ({ alertId: `s${index}` }))
    const full = await start({ alerts: storeOf(...many).store })
    const first = await subscribe(await full.connect())
    expect([first.alerts.length, first.truncated]).toEqual([1_000, true])

    const away = await start({
      alerts: {
        list: async () => {
          throw Object.assign(new Error('away'), { retriable: true })
        },
      },
    })
    await away.publisher.alerts({ alertId: 'new', deviceId: 'd1' })
    const client = await away.connect()
    const answer = await subscribe(client)
    expect([answer.alerts.map(({ alertId }) => alertId), answer.truncated]).toEqual([['new'], true])
    await away.publisher.alerts({ alertId: 'newer', deviceId: 'd1' })
    await until('live all the same', () => client.bodies('alert').length === 1)
  })

  it('reach who is limited to sites from their devices and about their sites alone', async () => {
    const { store, queries } = storeOf({ alertId: 'foreign', deviceId: 'south-1' })
    const devices = createMemoryDeviceStore({ clock: systemClock })
    await devices.create({ deviceId: 'north-1', site: 'North' })
    await devices.create({ deviceId: 'south-1', site: 'South' })
    const harness = await start({ alerts: store, devices })
    const limited = await harness.connect({ user: 'nia', sites: ['North'] })
    const boxed = await harness.connect({ user: 'bo', role: 'admin', sites: ['North'] })
    const everyone = await harness.connect({ user: 'eve' })
    const admin = await harness.connect({ user: 'root', role: 'admin' })
    await harness.publisher.alerts({ alertId: 'early', deviceId: 'south-1' })
    const answer = await subscribe(limited)
    expect(answer.alerts).toEqual([])
    expect(queries).toEqual([{ states: expect.anything(), limit: 1_001, sites: ['North'] }])
    await subscribe(boxed, { batch: true })
    await subscribe(everyone)
    await subscribe(admin)
    await harness.publisher.alerts(
      { alertId: 'n', deviceId: 'north-1' },
      { alertId: 's', deviceId: 'south-1' },
      { alertId: 'site n', type: 'connectivity', site: 'North' },
      { alertId: 'site s', type: 'connectivity', site: 'South' },
      { alertId: 'sys', type: 'system', by: 'ada', comment: 'a secret', affectedServices: ['api-gateway'] },
      // Names that look like the keys of others.
      { alertId: 'device sys', deviceId: 'system' },
      { alertId: 'device site', deviceId: 'site:North' },
      { alertId: 'end', deviceId: 'north-1' },
    )
    await until('the last', () => idsOf(batched(boxed)).includes('end 1'))
    for (const client of [limited, everyone, admin]) await drained(client)
    const seen = ['end 1', 'n 1', 'site n 1']
    expect(idsOf(limited.bodies('alert')).sort()).toEqual(seen)
    expect(idsOf(batched(boxed)).sort()).toEqual(seen)
    expect(idsOf(everyone.bodies('alert')).sort()).toEqual(
      [...seen, 'device site 1', 'device sys 1', 's 1', 'site s 1'].sort(),
    )
    expect(idsOf(admin.bodies('alert'))).toContain('sys 1')
    expect(admin.bodies('alert')).toHaveLength(8)
    for (const client of [limited, boxed, everyone, admin]) {
      for (const name of ['alert:system', 'system:alert']) {
        const [body, ...more] = client.bodies(name)
        expect([body?.alertId, body?.affectedServices, more]).toEqual(['sys', ['api-gateway'], []])
        expect(JSON.stringify(body)).not.toMatch(/ada|secret/)
      }
    }
    await harness.publisher.alerts({ alertId: 'sys', type: 'system', seq: 2, transition: 'commented' })
    await until('the administrator', () => admin.bodies('alert').length === 9)
    await drained(everyone)
    expect(everyone.bodies('alert:system')).toHaveLength(1)
  })

  it('that can’t be read are left out, and others come', async () => {
    const { bus, connect, publisher } = await start()
    const client = await connect()
    await subscribe(client)
    const [first] = await publisher.alerts({ alertId: 'a', deviceId: 'd1' })
    const { partition, offset } = first!.position!
    const entries = ['{"alertId":"broken', JSON.stringify({ ...first, alertId: 'whole' })].map(
      (json, at) => ({
        offset: offset + 1 + at,
        deviceId: 'system',
        json,
      }),
    )
    const batch = {
      epoch: EPOCH,
      kind: 'alerts',
      partition,
      before: offset,
      last: offset + 2,
      entries,
    } as const
    await bus.publish([batch], [])
    await until('the whole one', () => client.bodies('alert').length === 2)
    expect(idsOf(client.bodies('alert'))).toEqual(['a 1', 'whole 1'])
  })

  it('5 000 in a second come whole, singly or in few frames, and none is missing in the list', async () => {
    const harness = await start({ config: { LIVE_WINDOW_BYTES: 67_108_864 } })
    const [single, fast, slow] = [await harness.connect(), await harness.connect(), await harness.connect()]
    await subscribe(single)
    await subscribe(fast, { batch: true })
    await subscribe(slow, { batch: { everyMs: 500 } })
    const wanted: string[] = []
    const begunAt = performance.now()
    for (let hundred = 0; hundred < 50; hundred++) {
      const sketches = Array.from({ length: 100 }, (_, index) => ({
        alertId: `a${hundred}-${index}`,
        deviceId: `device-${index}`,
        threshold: { operator: '>' as const, value: 85, current: 87.2 },
      }))
      wanted.push(...sketches.map(({ alertId }) => `${alertId} 1`))
      await harness.publisher.alerts(...sketches)
      await new Promise((resolve) => setTimeout(resolve, begunAt + (hundred + 1) * 20 - performance.now()))
    }
    await until('all', () => batched(slow).length >= wanted.length && batched(fast).length >= wanted.length)
    const tookMs = performance.now() - begunAt
    await drained(single)
    const frames = (client: Client) => client.bodies('alert:batch').length
    expect(idsOf(single.bodies('alert'))).toEqual(wanted)
    expect(idsOf(batched(fast))).toEqual(wanted)
    expect(idsOf(batched(slow))).toEqual(wanted)
    // A frame of 1 000 at most, and otherwise one per window.
    expect(frames(fast)).toBeLessThanOrEqual(tookMs / 100 + 5)
    expect(frames(slow)).toBeLessThanOrEqual(tookMs / 500 + 5)
    const late = await subscribe(await harness.connect())
    expect([late.alerts.length, late.truncated]).toEqual([1_000, true])
    const newest = new Set(wanted.slice(-900))
    expect(late.alerts.filter(({ alertId }) => newest.has(`${alertId} 1`))).toHaveLength(900)
  })
})

describe('alerts after a disconnection', () => {
  it.each([
    ['singly', undefined],
    ['in batches', { batch: true }],
  ])('that were missed come %s, in order, on any replica', async (_, options) => {
    const one = await start()
    const other = await start({ beside: one })
    const first = await one.connect()
    await subscribe(first, options)
    await one.publisher.alerts({ alertId: 'a', deviceId: 'd1' }, { alertId: 'b', deviceId: 'd2' })
    const got = (client: Client) => (options ? batched(client) : client.bodies('alert'))
    await until('both', () => got(first).length === 2)
    const since = options
      ? first.bodies('alert:batch').at(-1)!.positions!
      : after(await subscribe(first), got(first))
    first.socket.disconnect()
    await one.publisher.alerts(
      { alertId: 'a', deviceId: 'd1', seq: 2, transition: 'closed', state: 'closed' },
      { alertId: 'c', deviceId: 'd1' },
      { alertId: 'sys', type: 'system' },
    )
    const back = await other.connect()
    const answer = await subscribe(back, { ...options, since })
    expect(answer).toMatchObject({ ok: true, recovered: true, positions: { alerts: since.alerts } })
    await one.publisher.alerts({ alertId: 'd', deviceId: 'd1' })
    await until('the newest', () => idsOf(got(back)).includes('d 1'))
    expect(idsOf(got(back))).toEqual(['a 2', 'c 1', 'd 1'])
    expect(back.bodies('alert:system')).toEqual([])
  })

  it('come to a device’s room too, unless its subscriber kept no place among them', async () => {
    const { connect, publisher } = await start()
    const first = await connect()
    const { positions } = await first.call('subscribe:device', 'd1')
    first.socket.disconnect()
    await publisher.alerts({ alertId: 'a', deviceId: 'd1' }, { alertId: 'b', deviceId: 'd2' })
    await publisher.readings({ deviceId: 'd1', value: 1 })
    const back = await connect()
    const answer = await back.call('subscribe:device', 'd1', { since: positions })
    await drained(back)
    expect([answer.recovered, idsOf(back.bodies('alert:device'))]).toEqual([true, ['a 1']])
    const { alerts: __, ...before } = positions!
    const older = await connect()
    const plain = await older.call('subscribe:device', 'd1', { since: before })
    await drained(older)
    expect([plain.recovered, older.bodies('alert:device')]).toEqual([true, []])
    expect(older.bodies('sensor:reading')).toHaveLength(1)
  })

  it('are not said to be whole where some are lost, and who gets alerts is told', async () => {
    let losing = false
    const harness = await start({
      bus: (bus) => ({
        ...bus,
        subscribe: (to) => bus.subscribe({ ...to, onBatch: (batch) => !losing && to.onBatch(batch) }),
        window: async (kind, partition, from, epoch) =>
          from < 0 ? bus.window(kind, partition, from, epoch) : { complete: false, batches: [] },
      }),
    })
    const client = await harness.connect()
    await subscribe(client)
    const [seen] = await harness.publisher.alerts({ deviceId: 'd1' })
    await until('it', () => client.bodies('alert').length === 1)
    losing = true
    await harness.publisher.alerts({ deviceId: 'd1' })
    losing = false
    await harness.publisher.alerts({ deviceId: 'd1' })
    expect(await client.next('resync')).toMatchObject({
      kind: 'alerts',
      partition: seen!.position!.partition,
    })
    const { positions } = await subscribe(client)
    const behind = { ...positions, alerts: { ...positions.alerts, [seen!.position!.partition]: 0 } }
    expect((await subscribe(client, { since: behind })).recovered).toBe(false)
  })
})

/** Where a client stands that has seen these events after an answer. */
function after({ positions }: AlertsSubscribed, bodies: readonly Body[]): Positions {
  const alerts = { ...positions.alerts }
  for (const { position } of bodies as unknown as AlertEvent[]) alerts[position!.partition] = position!.offset
  return { ...positions, alerts }
}
