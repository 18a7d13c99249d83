import type { AlertEvent } from '@iot/contracts'
import {
  type ChannelFields,
  type ChannelStore,
  type ClaimedDelivery,
  DELIVERY_ITEMS,
  MAX_CHANNELS,
  type NewDeliveryItem,
} from '@iot/ports'
import { beforeEach, describe, expect, it } from '@jest/globals'

const START = Date.parse('2026-03-01T12:00:00.000Z')
const LEASE = 60_000

const WEBHOOK: ChannelFields = {
  name: 'Đội trực “A”',
  kind: 'webhook',
  enabled: true,
  settings: { url: 'https://hooks.example/x', secret: '0123456789abcdef' },
  route: { severities: ['critical'], sites: ['Hall 1'] },
  group: '10s',
  quietHours: { days: ['sat', 'sun'], from: '22:00', to: '06:00', timeZone: 'Asia/Ho_Chi_Minh' },
  quietCritical: false,
}

function eventOf(alertId: string, seq = 1): AlertEvent {
  return {
    alertId,
    severity: 'critical',
    type: 'system',
    message: `${alertId}\u0000\u{1f600}`,
    timestamp: new Date(START).toISOString(),
    state: 'open',
    episode: 1,
    seq,
    openedAt: new Date(START).toISOString(),
    transition: 'opened',
  }
}

/** `create` makes an empty store. */
export function describeChannelStore(name: string, create: () => Promise<ChannelStore>): void {
  describe(`channel store: ${name}`, () => {
    let store: ChannelStore
    let channelId: string

    async function addChannel(more: Partial<ChannelFields> = {}): Promise<string> {
      return (await store.create({ ...WEBHOOK, ...more }, 'root', START))!.id
    }
    function item(alertId: string, more: Partial<NewDeliveryItem> & { seq?: number } = {}): NewDeliveryItem {
      const { seq = 1, ...rest } = more
      return { channelId, event: eventOf(alertId, seq), lane: 'prompt', dueMs: START + 10_000, ...rest }
    }
    const enqueue = (...items: NewDeliveryItem[]) => store.enqueue([], items, START)
    const claim = (atMs: number, limit = 10) => store.claim({ nowMs: atMs, leaseMs: LEASE, limit })
    async function claimOne(atMs: number): Promise<ClaimedDelivery> {
      const taken = await claim(atMs)
      expect(taken).toHaveLength(1)
      return taken[0]!
    }
    const told = (delivery: ClaimedDelivery) => delivery.events.map(({ alertId, seq }) => `${alertId} ${seq}`)
    const listed = (limit = 100) => store.deliveries({ channelId, limit })

    beforeEach(async () => {
      store = await create()
      channelId = await addChannel()
    })

    it('keeps channels whole, in the order in which they were made', async () => {
      const second = await addChannel({ name: 'second', kind: 'email', settings: { to: ['a@b.c'] } })
      const first = {
        ...WEBHOOK,
        id: channelId,
        revision: 1,
        createdAtMs: START,
        updatedAtMs: START,
        updatedBy: 'root',
      }
      expect(await store.get(channelId)).toEqual(first)
      expect((await store.list({ limit: 9 })).map(({ id }) => id)).toEqual([channelId, second])
      expect((await store.list({ limit: 1, after: channelId })).map(({ id }) => id)).toEqual([second])
      const { quietHours: _, ...fields } = { ...WEBHOOK, name: 'new', route: {} }
      expect(await store.replace(channelId, fields, 'ada', START + 5)).toEqual({
        ...fields,
        id: channelId,
        revision: 2,
        createdAtMs: START,
        updatedAtMs: START + 5,
        updatedBy: 'ada',
      })
      expect(await store.replace(channelId, WEBHOOK, 'bob', START + 6, 1)).toBe('changed')
      expect(await store.get(channelId)).toMatchObject({ name: 'new', updatedBy: 'ada' })
      expect(await store.replace(channelId, WEBHOOK, 'bob', START + 6, 2)).toMatchObject({ revision: 3 })
      expect(await store.replace(second, WEBHOOK, 'ada', START)).toBeUndefined()
      expect(await store.remove(second)).toBe(true)
      expect(await store.remove(second)).toBe(false)
      for (const id of [second, 'nobody', '999999999999']) {
        expect(await store.get(id)).toBeUndefined()
        expect(await store.replace(id, WEBHOOK, 'ada', START)).toBeUndefined()
        expect(await store.remove(id)).toBe(false)
        expect(await store.deliveries({ channelId: id, limit: 9 })).toEqual([])
      }
    })

    it('has so many channels at most', async () => {
      const made = await Promise.all(
        Array.from({ length: MAX_CHANNELS }, () => store.create(WEBHOOK, 'root', START)),
      )
      expect(made.filter((row) => row === undefined)).toHaveLength(1)
    })

    it('gathers what comes until the message is due, each thing once, and sends it in order', async () => {
      await enqueue(item('a'), item('b'))
      await enqueue(item('b'), item('a', { seq: 2, dueMs: START + 99_000 }), item('a', { seq: 2 }))
      expect(await claim(START + 9_999)).toEqual([])
      const delivery = await claimOne(START + 10_000)
      expect(told(delivery)).toEqual(['a 1', 'b 1', 'a 2'])
      expect(delivery).toMatchObject({ attempts: 1, channel: { id: channelId, settings: WEBHOOK.settings } })
      expect(delivery.events[0]).toEqual(eventOf('a'))
      await store.record(delivery, { state: 'sent', httpStatus: 204 }, START + 10_500)
      expect(await listed()).toEqual([
        {
          id: delivery.id,
          channelId,
          state: 'sent',
          isTest: false,
          attempts: 1,
          httpStatus: 204,
          count: 3,
          alertIds: ['a', 'b'],
          createdAtMs: START,
          sentAtMs: START + 10_500,
          idempotencyKey: delivery.idempotencyKey,
        },
      ])
      await enqueue(item('a', { seq: 2 }))
      expect(await claim(START + 99_000)).toEqual([])
    })

    it('puts nothing into a message that has been sent for the first time', async () => {
      await enqueue(item('a'))
      const first = await claimOne(START + 10_000)
      await enqueue(item('b'))
      await store.record(first, { state: 'retrying', error: 'no', nextMs: START + 15_000 }, START)
      expect(told(await claimOne(START + 15_000))).toEqual(['a 1'])
    })

    it('lets none overtake another: who fails holds up its lane', async () => {
      await enqueue(item('a'))
      const first = await claimOne(START + 10_000)
      await enqueue(item('b'))
      expect(await claim(START + 20_000)).toEqual([])
      await store.record(
        first,
        { state: 'retrying', error: 'busy', httpStatus: 503, nextMs: START + 40_000 },
        START,
      )
      expect(await claim(START + 39_999)).toEqual([])
      const [waiting, retrying] = await listed()
      expect(waiting).toMatchObject({ state: 'waiting', attempts: 0, nextMs: START + 10_000 })
      expect(retrying).toMatchObject({
        state: 'retrying',
        lastError: 'busy',
        httpStatus: 503,
        nextMs: START + 40_000,
      })
      const again = await claimOne(START + 40_000)
      expect(again).toMatchObject({ id: first.id, attempts: 2, idempotencyKey: first.idempotencyKey })
      await store.record(again, { state: 'sent' }, START + 40_100)
      expect(told(await claimOne(START + 40_100))).toEqual(['b 1'])
    })

    it('gives a message again, the same, to the next after a crash; the former has no say then', async () => {
      await enqueue(item('a'))
      const first = await claimOne(START + 10_000)
      expect(await claim(START + 10_000 + LEASE - 1)).toEqual([])
      const second = await claimOne(START + 10_000 + LEASE)
      expect(second).toEqual({ ...first, attempts: 2 })
      await store.record(first, { state: 'dead', error: 'late' }, START)
      expect(await claim(START + 10_000 + LEASE)).toEqual([])
      await store.record(second, { state: 'sent' }, START)
      await store.record(second, { state: 'dead', error: 'twice' }, START)
      expect(await listed()).toMatchObject([{ state: 'sent' }])
    })

    it('gives messages of different channels at once, each to one, and who waited longest first', async () => {
      const ids = [channelId, await addChannel(), await addChannel()]
      await enqueue(...ids.map((id) => item('a', { channelId: id })))
      const taken = await Promise.all([claim(START + 10_000, 2), claim(START + 10_000, 2)])
      const rest = await claim(START + 10_000)
      const all = [...taken.flat(), ...rest]
      expect(all.map(({ channel }) => channel.id).sort()).toEqual(ids)
      for (const delivery of all) await store.record(delivery, { state: 'sent' }, START + 11_000)
      await store.enqueue([], [item('b')], START)
      await store.record(await claimOne(START + 12_000), { state: 'sent' }, START + 12_000)
      await enqueue(...ids.map((id) => item('c', { channelId: id })))
      const next = (await claim(START + 20_000, 2)).map(({ channel }) => channel.id)
      expect(next.sort()).toEqual(ids.slice(1))
    })

    it('is not held up by channels whose turn it is not', async () => {
      await enqueue(item('a'))
      const first = await claimOne(START + 10_000)
      await store.record(first, { state: 'retrying', error: 'no', nextMs: START + 90_000 }, START)
      const other = await addChannel()
      await enqueue(item('b'), item('b', { channelId: other }))
      expect((await claim(START + 20_000, 1)).map(({ channel }) => channel.id)).toEqual([other])
    })

    it('has lanes that do not wait for each other, and one that is seldom', async () => {
      const flapping = { lane: 'flapping', spacingMs: 900_000 } as const
      await enqueue(item('quiet', { lane: 'quiet', dueMs: START + 3_600_000 }), item('a'))
      await enqueue(item('f', flapping))
      const first = await claimOne(START + 10_000)
      await store.record(first, { state: 'sent' }, START + 10_000)
      const second = await claimOne(START + 10_000)
      await store.record(second, { state: 'sent' }, START + 10_000)
      expect([first, second].map(told)).toEqual([['a 1'], ['f 1']])
      await enqueue(item('f', { ...flapping, seq: 2, dueMs: START + 30_000 }))
      expect(await claim(START + 909_999)).toEqual([])
      await store.record(await claimOne(START + 910_000), { state: 'sent' }, START)
      await enqueue(item('f', { ...flapping, seq: 3, dueMs: START + 3_000_000 }))
      expect(told(await claimOne(START + 3_000_000))).toEqual(['f 3'])
    })

    it('holds so much in one message, and begins another', async () => {
      const many = Array.from({ length: DELIVERY_ITEMS + 5 }, (_, n) => item(`n${n}`))
      await enqueue(...many.slice(0, 3))
      await enqueue(...many.slice(3))
      expect((await listed()).map(({ count }) => count)).toEqual([5, DELIVERY_ITEMS])
      expect((await listed())[1]!.alertIds).toHaveLength(100)
      const first = await claimOne(START + 10_000)
      expect(told(first)).toEqual(many.slice(0, DELIVERY_ITEMS).map(({ event }) => `${event.alertId} 1`))
    })

    it('leaves out what is for a channel that is gone or disabled, and gives up what waits in it', async () => {
      const gone = await addChannel()
      await store.remove(gone)
      await enqueue(item('a', { channelId: gone }), item('a'))
      await store.replace(channelId, { ...WEBHOOK, enabled: false }, 'ada', START)
      await enqueue(item('b'))
      expect(await claim(START + 99_000)).toEqual([])
      expect(await listed()).toMatchObject([{ state: 'dead', lastError: 'The channel was disabled' }])
      expect(await store.claimUntold({ nowMs: START, leaseMs: LEASE })).toEqual([])
      await store.replace(channelId, WEBHOOK, 'ada', START)
      await enqueue(item('c'))
      expect(told(await claimOne(START + 10_000))).toEqual(['c 1'])
    })

    it('tells once that a channel fails, and once that it works again', async () => {
      const untold = (atMs: number) => store.claimUntold({ nowMs: atMs, leaseMs: LEASE })
      const fail = async (alertId: string, atMs: number) => {
        await enqueue(item(alertId, { dueMs: atMs }))
        await store.record(await claimOne(atMs), { state: 'dead', error: 'no such host' }, atMs)
      }
      await fail('a', START + 10_000)
      expect((await store.get(channelId))!.failingSinceMs).toBe(START + 10_000)
      const outage = { channelId, name: WEBHOOK.name, kind: 'webhook', lastError: 'no such host' }
      expect(await untold(START + 11_000)).toEqual([{ ...outage, isFailing: true }])
      expect(await untold(START + 12_000)).toEqual([])
      // Whoever wanted to tell it has crashed.
      expect(await untold(START + 11_000 + LEASE)).toHaveLength(1)
      await store.markTold(channelId, true)
      await fail('b', START + 200_000)
      expect((await store.get(channelId))!.failingSinceMs).toBe(START + 10_000)
      expect(await untold(START + 300_000)).toEqual([])
      await enqueue(item('c'))
      await store.record(await claimOne(START + 400_000), { state: 'sent' }, START + 400_000)
      expect((await store.get(channelId))!.failingSinceMs).toBeUndefined()
      expect(await untold(START + 400_000)).toMatchObject([{ channelId, isFailing: false }])
      await store.markTold(channelId, false)
      expect(await untold(START + 999_000)).toEqual([])
    })

    it('notes tests, and takes one that got through for the end of an outage', async () => {
      const test = { idempotencyKey: '5ad1b7ac-0000-4000-8000-000000000001', atMs: START }
      await enqueue(item('a'))
      await store.record(await claimOne(START + 10_000), { state: 'dead', error: 'x' }, START)
      await store.recordTest(channelId, { ...test, ok: false, error: 'It answered 404', httpStatus: 404 })
      expect((await store.get(channelId))!.failingSinceMs).toBe(START)
      await store.recordTest(channelId, {
        ...test,
        idempotencyKey: '5ad1b7ac-0000-4000-8000-000000000002',
        ok: true,
      })
      expect((await store.get(channelId))!.failingSinceMs).toBeUndefined()
      const [passed, failed] = await listed()
      expect(passed).toMatchObject({ state: 'sent', isTest: true, count: 0, sentAtMs: START })
      expect(failed).toEqual({
        id: failed!.id,
        channelId,
        state: 'dead',
        isTest: true,
        attempts: 1,
        lastError: 'It answered 404',
        httpStatus: 404,
        count: 0,
        alertIds: [],
        createdAtMs: START,
        idempotencyKey: test.idempotencyKey,
      })
    })

    it('lists page by page, and by state', async () => {
      for (const alertId of ['a', 'b', 'c']) {
        await enqueue(item(alertId))
        const delivery = await claimOne(START + 10_000)
        await store.record(delivery, { state: alertId === 'b' ? 'dead' : 'sent', error: 'x' }, START + 10_000)
      }
      const page = await listed(2)
      expect(page.map(({ alertIds }) => alertIds[0])).toEqual(['c', 'b'])
      const rest = await store.deliveries({ channelId, limit: 9, before: page[1]!.id })
      expect(rest.map(({ alertIds }) => alertIds[0])).toEqual(['a'])
      const dead = await store.deliveries({ channelId, limit: 9, state: 'dead' })
      expect(dead.map(({ alertIds }) => alertIds[0])).toEqual(['b'])
    })

    it('remembers how far alerts were told, and which opened last in a slot', async () => {
      const alert = (
        alertId: string,
        more: { seq?: number; slot?: string; state?: 'open' | 'closed' } = {},
      ) => ({
        alertId,
        slot: 'rule\ndevice\n',
        seq: 1,
        episode: 1,
        state: 'open' as const,
        atMs: START,
        ...more,
      })
      const other = alert('x', { slot: 'other' })
      await store.enqueue([alert('b'), other], [], START)
      await store.enqueue([alert('b', { seq: 2, state: 'closed' }), alert('a')], [], START)
      await store.enqueue([alert('b')], [], START)
      const found = await store.told({ alertIds: ['b', 'nobody'], slots: [alert('a').slot, 'none'] })
      expect([...found].sort((one, two) => (one.alertId < two.alertId ? -1 : 1))).toEqual([
        alert('a'),
        alert('b', { seq: 2, state: 'closed' }),
      ])
      expect(await store.told({ alertIds: ['x'], slots: ['other'] })).toEqual([other])
      expect(await store.told({ alertIds: [], slots: [] })).toEqual([])
    })

    it('prunes by age, by number and by content, and forgets alerts that are over', async () => {
      const ids: string[] = []
      for (const [place, alertId] of ['a', 'b', 'c', 'd'].entries()) {
        await store.enqueue([], [item(alertId), item(`${alertId}2`)], START + place * 1_000)
        const delivery = await claimOne(START + 20_000)
        await store.record(delivery, { state: 'sent' }, START + 20_000)
        ids.push(delivery.id)
      }
      const bounds = { beforeMs: START, keep: 100, keepItems: 100 }
      const left = async () => (await listed()).map(({ id }) => id).reverse()
      expect(await store.prune(bounds)).toBe(0)
      expect(await store.prune({ ...bounds, beforeMs: START + 1_000 })).toBe(1)
      expect(await left()).toEqual(ids.slice(1))
      expect(await store.prune({ ...bounds, keep: 2 })).toBe(1)
      expect(await left()).toEqual(ids.slice(2))
      expect(await store.prune({ ...bounds, keepItems: 3 })).toBe(1)
      expect(await left()).toEqual(ids.slice(3))
      // One that has no end yet stays, however old.
      await enqueue(item('e'))
      await store.enqueue(
        [
          { alertId: 'over', slot: 's', seq: 2, episode: 1, state: 'closed', atMs: START },
          { alertId: 'open', slot: 't', seq: 1, episode: 1, state: 'open', atMs: START },
        ],
        [],
        START,
      )
      expect(await store.prune({ ...bounds, beforeMs: START + 60_000 })).toBe(1)
      expect(await listed()).toMatchObject([{ state: 'waiting' }])
      const found = await store.told({ alertIds: ['over', 'open'], slots: [] })
      expect(found.map(({ alertId }) => alertId)).toEqual(['open'])
    })
  })
}
