import { alertKey, LIVE_KINDS, PARTITIONS, type Positions, partitionOf, type Role } from '@iot/contracts'
import { systemClock } from '@iot/ports'
import { createMetrics, silentLogger } from '@iot/runtime'
import type { Handler } from '../events/dispatcher.js'
import { leaveAll } from '../events/joining.js'
import { createSnapshots } from '../events/snapshots.js'
import { createSubscribeHandlers } from '../events/subscribe.js'
import { createSubscribeAlertsHandlers } from '../events/subscribe-alerts.js'
import { createWebsocketMetrics } from '../metrics.js'
import { createDelivery } from '../outbox/delivery.js'
import { createSession, type Session } from '../sessions/session.js'
import { Heads } from '../window/heads.js'
import { fakeLink } from './fake-link.js'
import { type About, CLIENTS, type Events } from './visibility-reference.js'

const BACKLOG_BYTES = 1_000_000

/** The real thing, on connections that note what is written. */
export class Subject {
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
