import { ROLES, type Role, type SubscribeOptions } from '@iot/contracts'
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import {
  type About,
  CLIENTS,
  DEVICES,
  type Events,
  Reference,
  SITES,
  SUBSCRIPTIONS,
} from '../testing/visibility-reference.js'
import { Subject } from '../testing/visibility-subject.js'

const client = fc.nat(CLIENTS - 1)
const device = fc.constantFrom(...DEVICES)
const rights = fc.record({
  role: fc.constantFrom<Role>(...ROLES),
  sites: fc.option(fc.subarray(SITES, { minLength: 1 }), { nil: undefined }),
})
const options = fc.constantFrom<SubscribeOptions>({}, { batch: true }, { batch: { everyMs: 300 } })
const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('publish' as const), device }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('status' as const), device }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('alert' as const),
      about: fc.oneof<fc.Arbitrary<About>[]>(
        fc.record({ deviceId: device }),
        fc.record({ site: fc.constantFrom(...SITES) }),
        fc.constant({}),
      ),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('subscribe' as const),
      client,
      key: fc.constantFrom(...SUBSCRIPTIONS),
      options,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('unsubscribe' as const),
      client,
      key: fc.constantFrom(...SUBSCRIPTIONS),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('move' as const),
      device,
      site: fc.option(fc.constantFrom(...SITES), { nil: undefined }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('rights' as const), client, rights }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('tick' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('away' as const), client }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('return' as const), client, options }) },
)
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never

async function run(steps: readonly Step[]): Promise<{ reference: Reference; subject: Subject }> {
  const reference = new Reference()
  const subject = new Subject()
  /** every event, for those who come back */
  const past: { kind: 'sensor' | 'device' | 'alert'; deviceId: string; number: number }[] = []
  const leftAt = new Map<number, number>()

  function publish(kind: 'sensor' | 'device', deviceId: string): void {
    const number = past.length
    past.push({ kind, deviceId, number })
    reference.event(kind, deviceId, number)
    subject.event(kind === 'sensor' ? 'readings' : 'status', deviceId, number)
  }

  async function comeBack(who: number, how: SubscribeOptions): Promise<void> {
    const since = subject.left.get(who)!
    subject.comeBack(who)
    const own = reference.clients[who]!
    const missed = past.slice(leftAt.get(who)!).filter(({ deviceId }) => reference.sees(who, deviceId))
    // Status first, then readings: order holds within a kind.
    for (const kind of ['device', 'sensor'] as const) {
      const name = kind === 'device' ? 'device:all' : how.batch ? 'batch' : 'sensor:all'
      for (const one of missed) {
        if (one.kind === kind) own.expected.push(`${name} ${one.deviceId} ${one.number}`)
      }
    }
    leftAt.delete(who)
    expect(await subject.call(who, 'subscribe-all-devices', { ...how, since })).toBeUndefined()
    own.subscriptions.set('subscribe-all-devices', how)
  }

  for (const one of steps) {
    if ('client' in one && leftAt.has(one.client) !== (one.kind === 'return')) continue
    switch (one.kind) {
      case 'publish':
        publish('sensor', one.device)
        break
      case 'status':
        publish('device', one.device)
        break
      case 'alert': {
        const number = past.length
        past.push({ kind: 'alert', deviceId: '', number })
        reference.alert(one.about, number)
        subject.alert(one.about, number)
        break
      }
      case 'subscribe': {
        const [event, deviceId] = one.key.split(' ')
        const args = deviceId === undefined ? [one.options] : [deviceId, one.options]
        const refusal = reference.refusalOf(one.client, one.key)
        expect(await subject.call(one.client, event!, ...args)).toBe(refusal)
        if (!refusal) reference.clients[one.client]!.subscriptions.set(one.key, one.options)
        break
      }
      case 'unsubscribe': {
        const [event, deviceId] = one.key.split(' ')
        await subject.call(one.client, `un${event}`, ...(deviceId === undefined ? [] : [deviceId]))
        reference.clients[one.client]!.subscriptions.delete(one.key)
        break
      }
      case 'move':
        subject.delivery.move(new Map([[one.device, one.site]]))
        if (one.site === undefined) reference.sites.delete(one.device)
        else reference.sites.set(one.device, one.site)
        break
      case 'rights': {
        subject.comeBackWith(one.client, one.rights)
        Object.assign(reference.clients[one.client]!, one.rights).subscriptions.clear()
        break
      }
      case 'tick':
        subject.tick()
        break
      case 'away':
        subject.leave(one.client)
        reference.clients[one.client]!.subscriptions.clear()
        leftAt.set(one.client, past.length)
        break
      case 'return':
        await comeBack(one.client, one.options)
    }
  }
  subject.tick()
  return { reference, subject }
}

/** Batches and single events are each in order; how they lie between each other is the windows’ business. */
function inOrderByName(events: Events): Record<string, string[]> {
  const byName: Record<string, string[]> = {}
  for (const event of events) {
    const [name] = event.split(' ')
    byName[name!] = [...(byName[name!] ?? []), event]
  }
  return byName
}

describe('what clients with and without sites get', () => {
  it('is what a reference works out event by event, while devices move, rights change, and clients come and go', async () => {
    let events = 0
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 60, maxLength: 150 }), async (steps) => {
        const { reference, subject } = await run(steps)
        for (let who = 0; who < CLIENTS; who++) {
          const { expected } = reference.clients[who]!
          events += expected.length
          expect(inOrderByName(subject.received[who]!)).toEqual(inOrderByName(expected))
        }
      }),
      { numRuns: 100 },
    )
    expect(events).toBeGreaterThan(1_000)
  }, 120_000)

  it('catches up, where a client was frozen, with what it may see by then', async () => {
    const subject = new Subject()
    const { delivery } = subject
    delivery.move(
      new Map([
        ['d0', 'A'],
        ['d1', 'B'],
        ['d2', 'A'],
      ]),
    )
    for (const who of [0, 1]) subject.comeBackWith(who, { role: 'user', sites: ['A'] })
    expect(await subject.call(0, 'subscribe-all-devices')).toBeUndefined()
    expect(await subject.call(1, 'subscribe-all-devices', { batch: true })).toBeUndefined()
    expect(await subject.call(0, 'subscribe-alerts')).toBeUndefined()
    expect(await subject.call(1, 'subscribe-alerts', { batch: true })).toBeUndefined()
    for (const who of [0, 1]) subject.frozen.add(who)
    for (const [number, deviceId] of ['d0', 'd1', 'd2', 'd0'].entries()) {
      subject.event('readings', deviceId, number)
      subject.event('status', deviceId, number)
    }
    const { upTo } = subject.sessions[1]!.alertLane!
    for (const number of [5, 6]) subject.alert({ deviceId: 'd0' }, number)
    subject.tick()
    expect(delivery.slow.lagging).toBe(2)
    expect(subject.received[1]!.filter((event) => event.startsWith('alerts'))).toEqual([])
    expect(subject.sessions[1]!.alertLane!.upTo).toBe(upTo)
    delivery.move(
      new Map([
        ['d0', 'B'],
        ['d1', 'A'],
      ]),
    )
    subject.frozen.clear()
    delivery.slow.check(delivery.batches)
    const of = (who: number, name: string) => inOrderByName(subject.received[who]!)[name]
    expect(of(0, 'sensor:all')).toEqual(['sensor:all d1 1', 'sensor:all d2 2'])
    expect(of(1, 'batch')).toEqual(['batch d1 1', 'batch d2 2'])
    // Alerts are not merged. In a window they wait for room, and are judged before the device moves, if there is some.
    subject.tick()
    expect(of(0, 'alert')).toEqual(['alert d0 5', 'alert d0 6'])
    expect(of(1, 'alerts')).toBeUndefined()
    subject.alert({ deviceId: 'd1' }, 7)
    subject.alert({ deviceId: 'd1' }, 8)
    subject.tick()
    expect(of(1, 'alerts')).toEqual(['alerts d1 7', 'alerts d1 8'])
    // Status changes are never held back: they were judged when they passed.
    expect(of(0, 'device:all')).toEqual(['device:all d0 0', 'device:all d2 2', 'device:all d0 3'])
  })
})
