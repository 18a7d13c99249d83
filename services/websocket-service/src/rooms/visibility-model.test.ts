import {
  alertKey,
  LIVE_KINDS,
  PARTITIONS,
  type Positions,
  partitionOf,
  ROLES,
  type Role,
  type SubscribeOptions,
} from '@iot/contracts'
import { systemClock } from '@iot/ports'
import { createMetrics, silentLogger } from '@iot/runtime'
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import type { Handler } from '../events/dispatcher.js'
import { leaveAll } from '../events/joining.js'
import { createSnapshots } from '../events/snapshots.js'
import { createSubscribeHandlers } from '../events/subscribe.js'
import { createSubscribeAlertsHandlers } from '../events/subscribe-alerts.js'
import { createWebsocketMetrics } from '../metrics.js'
import { createDelivery } from '../outbox/delivery.js'
import { createSession, type Session } from '../sessions/session.js'
import { fakeLink } from '../testing/fake-link.js'
import { Heads } from '../window/heads.js'

const DEVICES = ['d0', 'd1', 'd2', 'd3', 'd4']
const SITES = ['A', 'B', 'C']
const CLIENTS = 3
const BACKLOG_BYTES = 1_000_000

/** A subscription by its key, and what it is to bring. */
const SUBSCRIPTIONS = [
  'subscribe-all-devices',
  'subscribe:all',
  'subscribe-alerts',
  ...DEVICES.slice(0, 3).map((deviceId) => `subscribe:device ${deviceId}`),
] as const
type Key = (typeof SUBSCRIPTIONS)[number]

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

/** What an alert is about: a device, a site as a whole, or the system. */
type About = { deviceId: string } | { site: string } | Record<string, never>

/** What a client gets, or has to get: single events as `name deviceId number`, batched ones as `batch …` and `alerts …`. */
type Events = string[]

const EVENTS = { 'subscribe-all-devices': 'sensor:all device:all', 'subscribe:all': 'sensor:data' } as const
const OF_DEVICE = 'sensor:reading sensor:data device:status'

/** Who sees what, worked out anew for every event and every client. */
class Reference {
  readonly sites = new Map<string, string>()
  readonly clients = Array.from({ length: CLIENTS }, () => ({
    role: 'admin' as Role,
    sites: undefined as readonly string[] | undefined,
    subscriptions: new Map<Key, SubscribeOptions>(),
    expected: [] as Events,
  }))

  sees(who: number, deviceId: string): boolean {
    const { sites } = this.clients[who]!
    return !sites || sites.includes(this.sites.get(deviceId) ?? '')
  }

  refusalOf(who: number, key: Key): string | undefined {
    if (key === 'subscribe:all' && this.clients[who]!.role !== 'admin') return 'FORBIDDEN'
    const deviceId = key.split(' ')[1]
    return deviceId !== undefined && !this.sees(who, deviceId) ? 'NOT_FOUND' : undefined
  }

  event(kind: 'sensor' | 'device', deviceId: string, number: number): void {
    for (let who = 0; who < CLIENTS; who++) {
      if (this.sees(who, deviceId))
        this.clients[who]!.expected.push(...this.#eventsTo(who, kind, deviceId, number))
    }
  }

  alert(about: About, number: number): void {
    const { deviceId, site } = about as { deviceId?: string; site?: string }
    for (const [who, { role, sites, subscriptions, expected }] of this.clients.entries()) {
      const isSeen =
        deviceId !== undefined
          ? this.sees(who, deviceId)
          : site !== undefined
            ? !sites || sites.includes(site)
            : role === 'admin'
      if (!isSeen) continue
      const ofAll = subscriptions.get('subscribe-alerts')
      if (ofAll) expected.push(`${ofAll.batch ? 'alerts' : 'alert'} ${deviceId ?? site} ${number}`)
      if (subscriptions.has(`subscribe:device ${deviceId}` as Key))
        expected.push(`alert:device ${deviceId} ${number}`)
    }
  }

  #eventsTo(who: number, kind: string, deviceId: string, number: number): string[] {
    const names = new Set<string>()
    for (const [key, { batch }] of this.clients[who]!.subscriptions) {
      const [event, own] = key.split(' ')
      if (event === 'subscribe-alerts' || (own !== undefined && own !== deviceId)) continue
      const all = (EVENTS[event as keyof typeof EVENTS] ?? OF_DEVICE).split(' ')
      if (kind === 'sensor' && batch) names.add('batch')
      else for (const name of all) if (name.startsWith(kind)) names.add(name)
    }
    return [...names].map((name) => `${name} ${deviceId} ${number}`)
  }
}

/** The real thing, on connections that note what is written. */
class Subject {
  readonly heads = new Heads('e')
  readonly delivery = createDelivery({
    heads: this.heads,
    clock: systemClock,
    logger: silentLogger(),
    metrics: createWebsocketMetrics(createMetrics(), {
      connections: () => 0,
      users: () => 0,
      lagging: () => 0,
      sitesAgeMs: () => 0,
    }),
    windowBytes: 4_194_304,
    connected: () => [],
  })
  readonly #joining = {
    ...this.delivery,
    heads: this.heads,
    maxSubscriptions: 100,
    onResume: () => {},
  }
  readonly handlers = {
    ...createSubscribeHandlers({
      ...this.#joining,
      snapshots: createSnapshots({
        state: { get: async () => [], list: async () => [] },
        directory: this.delivery.directory,
      }),
    }),
    ...createSubscribeAlertsHandlers({
      ...this.#joining,
      activeAlerts: {
        read: async () => ({ alerts: [], isWhole: true }),
        seenBy: (_, known) => known,
      },
    }),
  }
  /** those who don't read */
  readonly frozen = new Set<number>()
  readonly received: Events[] = Array.from({ length: CLIENTS }, () => [])
  readonly sessions = Array.from({ length: CLIENTS }, (_, who) => this.#connect(who, 'admin', undefined))
  readonly left = new Map<number, Positions>()
  ticks = 0

  constructor() {
    for (let partition = 0; partition < PARTITIONS; partition++) {
      for (const kind of LIVE_KINDS) {
        this.heads.set(kind, partition, -1)
        this.delivery.begin(kind, partition, -1)
      }
    }
  }

  #connect(who: number, role: Role, sites: readonly string[] | undefined): Session {
    const link = fakeLink({
      isIdle: () => !this.frozen.has(who),
      waitingBytes: () => (this.frozen.has(who) ? BACKLOG_BYTES * 1.5 : 0),
      write: ({ frames }) => {
        for (const { text } of frames) this.#note(who, JSON.parse(text.slice(1)))
      },
    })
    const user = { id: `${who}`, username: `u${who}`, role, ...(sites && { sites: [...sites] }) }
    const admission = { user, userVersion: 0, isAnonymous: false, address: '::1', expiresAtMs: 1e15 }
    return createSession(link, admission, { backlogBytes: BACKLOG_BYTES, messagesPerSecond: 50, nowMs: 0 })
  }

  #note(who: number, [name, body]: [string, { readings?: Shown[]; alerts?: Shown[] } & Shown]): void {
    const events = this.received[who]!
    if (name === 'sensor:batch') {
      for (const { deviceId, number } of body.readings!) events.push(`batch ${deviceId} ${number}`)
    } else if (name === 'alert:batch') {
      for (const { deviceId, site, number } of body.alerts!)
        events.push(`alerts ${deviceId ?? site} ${number}`)
    } else if (name === 'alert') {
      events.push(`alert ${body.deviceId ?? body.site} ${body.number}`)
    } else if (name !== 'positions') events.push(`${name} ${body.deviceId} ${body.number}`)
  }

  event(kind: 'readings' | 'status', deviceId: string, number: number): void {
    const partition = partitionOf(deviceId, PARTITIONS)
    const offset = (this.heads.get(kind, partition) ?? -1) + 1
    this.heads.set(kind, partition, offset)
    const json = JSON.stringify({ deviceId, number, timestamp: new Date().toISOString() })
    const entry = { offset, deviceId, json, ...(kind === 'readings' && { sensorType: `s${number}` }) }
    this.delivery.deliver(kind, partition, [entry])
  }

  alert(about: About, number: number): void {
    const type = 'deviceId' in about ? 'threshold' : 'site' in about ? 'connectivity' : 'system'
    const key = alertKey({ ...about, type })
    const partition = partitionOf(key, PARTITIONS)
    const offset = (this.heads.get('alerts', partition) ?? -1) + 1
    this.heads.set('alerts', partition, offset)
    const json = JSON.stringify({ alertId: `a${number}`, ...about, type, number, seq: 1, state: 'open' })
    this.delivery.deliver('alerts', partition, [{ offset, deviceId: key, json }])
  }

  tick(): void {
    this.delivery.alertWindows.flushAll()
    this.delivery.batches.flushAll()
  }

  /** The code of what went wrong. */
  async call(who: number, event: string, ...args: unknown[]): Promise<string | undefined> {
    const handler = this.#handlerOf(event)
    try {
      const { answer, after } = await handler(this.sessions[who]!, args)
      if (typeof answer === 'function') answer()
      after?.()
      return undefined
    } catch (error) {
      return (error as { code: string }).code
    }
  }

  #handlerOf(event: string): Handler {
    const { handlers } = this
    if (event.endsWith('-alerts'))
      return event.startsWith('un') ? handlers.unsubscribeAlerts : handlers.subscribeAlerts
    if (event.endsWith(':device'))
      return event.startsWith('un') ? handlers.unsubscribeDevice : handlers.subscribeDevice
    if (event.endsWith(':all'))
      return event.startsWith('un') ? handlers.unsubscribeAll : handlers.subscribeAll
    return event.startsWith('un') ? handlers.unsubscribeAllDevices : handlers.subscribeAllDevices
  }

  leave(who: number): void {
    this.delivery.alertWindows.flush(this.sessions[who]!)
    this.delivery.batches.flush(this.sessions[who]!)
    this.left.set(who, this.heads.positions())
    leaveAll(this.delivery, this.sessions[who]!)
  }

  /** Other rights end the session, and a new one has them. */
  comeBackWith(who: number, { role, sites }: { role: Role; sites?: readonly string[] | undefined }): void {
    this.leave(who)
    this.sessions[who] = this.#connect(who, role, sites)
  }

  comeBack(who: number): void {
    const { role, sites } = this.sessions[who]!.user
    this.sessions[who] = this.#connect(who, role, sites)
  }
}

interface Shown {
  readonly deviceId: string
  readonly site?: string
  readonly number: number
}

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
