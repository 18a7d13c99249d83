import type { NotificationAudience } from '@iot/contracts'
import type { Body, Client } from './harness.js'
import { FOREIGN, hasRole, MARKER, OWN, PEOPLE, type Person, WANDERER, type World } from './matrix-world.js'

export type Call = readonly [event: string, ...args: unknown[]]

export interface ClientRow {
  /** `device`: who can't see the one that it names gets NOT_FOUND */
  readonly about: 'device' | 'nothing'
  /** who has the role and is told FORBIDDEN all the same */
  isRefused?(person: Person): boolean
  args(asked: {
    world: World
    person: Person
    deviceId: string
  }): readonly unknown[] | Promise<readonly unknown[]>
}

const ofDevice: ClientRow = { about: 'device', args: ({ deviceId }) => [deviceId] }
const isAnonymous = (person: Person) => person.isAnonymous === true
const plain: ClientRow = { about: 'nothing', args: () => [] }

/** Every event of a client, as each person sends it about a device. */
export const CLIENT_ROWS: Readonly<Record<string, ClientRow>> = {
  'subscribe:device': ofDevice,
  // Whoever never had it is told the same as who had: nobody learns from it which devices there are.
  'unsubscribe:device': { about: 'nothing', args: ({ deviceId }) => [deviceId] },
  'subscribe:all': plain,
  'unsubscribe:all': plain,
  'subscribe-all-devices': plain,
  'unsubscribe-all-devices': plain,
  'subscribe-alerts': plain,
  'unsubscribe-alerts': plain,
  'subscribe-system': plain,
  'unsubscribe-system': plain,
  'request:latest': ofDevice,
  'request:status': plain,
  'get:history': {
    about: 'device',
    args: ({ deviceId }) => [{ deviceId, from: 0, to: Date.now() }],
  },
  'send:notification': {
    about: 'nothing',
    args: ({ person }) => [{ type: 'info', message: `by ${person.name}` }],
  },
  'notifications:read': {
    about: 'nothing',
    args: async ({ world }) => [{ ids: [await world.notify({ type: 'info', message: 'read me' })] }],
  },
  'auth:refresh': {
    about: 'nothing',
    isRefused: isAnonymous,
    args: async ({ world, person }) => [await world.tokenOf(person)],
  },
  ping: plain,
}

export interface ServerRow {
  /** the events of a device; or of nothing in particular */
  readonly about: 'device' | 'nothing'
  /** what each asks for beforehand; a refusal is part of the matrix */
  asks?(deviceId: string): readonly Call[]
  /** makes it happen: of a device once for all, else to each */
  cause(subject: { world: World; client: Client; person: Person; deviceId: string }): Promise<unknown>
  /** by the first person alone, for all to hear or not */
  readonly isOnce?: true
  /** whether a body is of what was caused; without, all are */
  isMeant?(body: Body): boolean
  /** what everybody gets behind it; without, the answer to a ping is it */
  isMarker?(body: Body): boolean
  /** a connection that is other than everybody's */
  connect?(world: World, person: Person): Promise<Client>
  /** who gets it; without, who has the role of its note */
  isFor?(person: Person): boolean
}

const readingOf: ServerRow['cause'] = ({ world, deviceId }) => world.reading(deviceId)
const statusOf: ServerRow['cause'] = ({ world, deviceId }) => world.status(deviceId)
const alertOf: ServerRow['cause'] = ({ world, deviceId }) => world.alert(deviceId)
const nothing = async () => undefined
const FIRST = PEOPLE[0]!

/** A notice to some, and one to all behind it. */
function noticeTo(to: NotificationAudience, isFor: (person: Person) => boolean): ServerRow {
  return {
    about: 'nothing',
    isOnce: true,
    async cause({ world }) {
      const message = `to ${JSON.stringify(to)}`
      await world.notify({ type: 'info', message, ...(Object.keys(to).length > 0 && { to }) })
      await world.notify({ type: 'info', message: MARKER })
    },
    isFor,
    isMeant: ({ message }) => message !== MARKER,
    isMarker: ({ message }) => message === MARKER,
  }
}

/** Both devices, as two calls: the one that is out of sight must not hinder the other. */
const each = (event: string, options?: object) => (deviceId: string) =>
  [deviceId, MARKER].map((id): Call => [event, id, ...(options ? [options] : [])])

/** Every event of the server; a note in brackets makes a second row of one. */
export const SERVER_ROWS: Readonly<Record<string, ServerRow>> = {
  connected: { about: 'nothing', cause: nothing },
  welcome: { about: 'nothing', cause: nothing },
  'sensor:reading': { about: 'device', asks: each('subscribe:device'), cause: readingOf },
  'sensor:data': { about: 'device', asks: each('subscribe:device'), cause: readingOf },
  'sensor:data (subscribe:all)': {
    about: 'device',
    asks: () => [['subscribe:all']],
    cause: readingOf,
    isFor: (person) => hasRole(person, 'admin'),
  },
  'sensor:all': { about: 'device', asks: () => [['subscribe-all-devices']], cause: readingOf },
  'sensor:batch': {
    about: 'device',
    asks: () => [['subscribe-all-devices', { batch: true }]],
    cause: readingOf,
  },
  'sensor:batch (a device)': {
    about: 'device',
    asks: each('subscribe:device', { batch: true }),
    cause: readingOf,
  },
  'device:status': { about: 'device', asks: each('subscribe:device'), cause: statusOf },
  'device:all': { about: 'device', asks: () => [['subscribe-all-devices']], cause: statusOf },
  'device:visibility': {
    about: 'nothing',
    isOnce: true,
    async connect(world, person) {
      const client = await world.connect(person)
      await client.call('subscribe:device', WANDERER)
      return client
    },
    cause: ({ world }) => world.move(WANDERER, FOREIGN),
    isFor: ({ isLimited }) => isLimited,
  },
  alert: { about: 'device', asks: () => [['subscribe-alerts']], cause: alertOf },
  'alert (a site)': {
    about: 'device',
    asks: () => [['subscribe-alerts']],
    cause: ({ world, deviceId }) => world.siteAlert(deviceId),
  },
  'alert (the system)': {
    about: 'nothing',
    async cause({ world, client }) {
      await client.call('subscribe-alerts')
      await world.systemAlert()
    },
    isFor: (person) => hasRole(person, 'admin') && !person.isLimited,
  },
  'alert:device': { about: 'device', asks: each('subscribe:device'), cause: alertOf },
  'alert:batch': {
    about: 'device',
    asks: () => [['subscribe-alerts', { batch: true }]],
    cause: alertOf,
  },
  'alert:batch (a site)': {
    about: 'device',
    asks: () => [['subscribe-alerts', { batch: true }]],
    cause: ({ world, deviceId }) => world.siteAlert(deviceId),
  },
  'alert:system': { about: 'nothing', isOnce: true, cause: ({ world }) => world.systemAlert() },
  'system:alert': { about: 'nothing', isOnce: true, cause: ({ world }) => world.systemAlert() },
  positions: {
    about: 'nothing',
    async cause({ client }) {
      const { positions } = await client.call('subscribe:device', OWN)
      await client.call('subscribe:device', OWN, { since: positions })
    },
  },
  resync: {
    about: 'nothing',
    async cause({ world, client }) {
      await client.call('subscribe:device', OWN)
      await world.lose(OWN)
    },
  },
  latest: { about: 'nothing', cause: ({ client }) => client.call('request:latest') },
  'status:update': { about: 'nothing', cause: ({ client }) => client.call('request:status') },
  'system:status': { about: 'nothing', cause: ({ client }) => client.call('subscribe-system') },
  notification: noticeTo({}, () => true),
  'notification (to a role)': noticeTo({ role: 'operator' }, ({ role }) => role === 'operator'),
  'notification (to a user)': noticeTo({ user: FIRST.name }, ({ name }) => name === FIRST.name),
  'notifications:read': {
    about: 'nothing',
    isOnce: true,
    async cause({ world, client }) {
      const ids = [await world.notify({ type: 'info', message: 'read by one' })]
      await client.call('notifications:read', { ids })
    },
    isFor: ({ name }) => name === FIRST.name,
  },
  'user:joined': {
    about: 'nothing',
    isOnce: true,
    cause: ({ world }) => world.visit('a visitor'),
    isMeant: ({ username }) => username === 'a visitor',
  },
  'user:left': {
    about: 'nothing',
    isOnce: true,
    cause: ({ world }) => world.visit('another visitor'),
    isMeant: ({ username }) => username === 'another visitor',
  },
  'auth:expiring': {
    about: 'nothing',
    connect: (world, person) => world.connect(person, 30_000),
    cause: nothing,
    isFor: (person) => !isAnonymous(person),
  },
  'auth:expired': {
    about: 'nothing',
    isOnce: true,
    cause: async ({ world }) => world.endTokens(),
    isFor: (person) => !isAnonymous(person),
  },
  pong: { about: 'nothing', cause: ({ client }) => client.call('ping') },
}

export const DEVICES = [OWN, FOREIGN] as const
