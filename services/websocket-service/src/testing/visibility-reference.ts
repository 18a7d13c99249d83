import type { Role, SubscribeOptions } from '@iot/contracts'

export const DEVICES = ['d0', 'd1', 'd2', 'd3', 'd4']
export const SITES = ['A', 'B', 'C']
export const CLIENTS = 3

/** A subscription by its key, and what it is to bring. */
export const SUBSCRIPTIONS = [
  'subscribe-all-devices',
  'subscribe:all',
  'subscribe-alerts',
  ...DEVICES.slice(0, 3).map((deviceId) => `subscribe:device ${deviceId}`),
] as const
export type Key = (typeof SUBSCRIPTIONS)[number]

/** What an alert is about: a device, a site as a whole, or the system. */
export type About = { deviceId: string } | { site: string } | Record<string, never>

/** What a client gets, or has to get: single events as `name deviceId number`, batched ones as `batch …` and `alerts …`. */
export type Events = string[]

const EVENTS = { 'subscribe-all-devices': 'sensor:all device:all', 'subscribe:all': 'sensor:data' } as const
const OF_DEVICE = 'sensor:reading sensor:data device:status'

/** Who sees what, worked out anew for every event and every client. */
export class Reference {
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
            : role === 'admin' && !sites
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
