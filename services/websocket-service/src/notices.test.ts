import { createMemoryFleetChannel, createMemoryNotificationStore } from '@iot/adapter-memory'
import { Notification, type Role } from '@iot/contracts'
import {
  type NewAuditEntry,
  type NotificationStore,
  StoreUnavailable,
  systemClock,
  type UserRow,
} from '@iot/ports'
import { createMetrics, silentLogger } from '@iot/runtime'
import { until } from '@iot/testkit'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { Value } from 'typebox/value'
import { type Client, type Harness, type HarnessOptions, startHarness } from './testing/harness.js'

const PEOPLE: Readonly<Record<string, Role>> = { root: 'admin', olga: 'operator', ada: 'user', bob: 'user' }

/** As the harness's tokens have them. */
function findUser(username: string): UserRow | undefined {
  const role = PEOPLE[username]
  if (!role) return undefined
  const rest = { passwordHash: '', disabled: false, version: 0, outBefore: 0, createdAtMs: 0 }
  return { id: `id-of-${username}`, username, role, ...rest }
}

const users = {
  findById: async (id: string) => findUser(id.replace('id-of-', '')),
  findByUsername: async (username: string) => findUser(username),
}

let replicas: Harness[]
let notifications: NotificationStore
let shared: Pick<HarnessOptions, 'channel' | 'notifications' | 'audit'>
let noted: NewAuditEntry[]

async function addReplica(more: HarnessOptions = {}): Promise<Harness> {
  const replica = await startHarness({ ...shared, ...more })
  replicas.push(replica)
  return replica
}

beforeEach(async () => {
  notifications = createMemoryNotificationStore({ clock: systemClock, users })
  const channel = createMemoryFleetChannel({ logger: silentLogger(), metrics: createMetrics() })
  noted = []
  const audit = { add: async (entries: readonly NewAuditEntry[]) => void noted.push(...entries) }
  shared = { notifications, channel, audit }
  replicas = []
  await addReplica()
  await addReplica()
})
afterEach(async () => {
  await Promise.all(replicas.map((replica) => replica.stop()))
})

const connect = (user: string, place = 0): Promise<Client> =>
  replicas[place]!.connect({ user, role: PEOPLE[user]! })
const messagesOf = (client: Client) => client.bodies('notification').map(({ message }) => message)

/** Everybody has heard all that was sent before: a later notice to all is there. */
async function settle(clients: readonly Client[]): Promise<void> {
  const notification = await notifications.add({ type: 'info', message: 'marker' })
  await shared.channel!.send({ kind: 'notification', notification: notification! })
  await until('all have the marker', () => clients.every((one) => messagesOf(one).includes('marker')))
}

describe('send:notification', () => {
  it('reaches everyone on every replica, in each session once', async () => {
    const root = await connect('root')
    const others = [await connect('ada'), await connect('ada', 1), await connect('olga', 1)]
    const answer = await root.call('send:notification', {
      type: 'warning',
      title: 'Dừng máy',
      message: 'Line 2 stops at “six”',
    })
    expect(answer).toMatchObject({ ok: true, notification: { from: 'root', type: 'warning' } })
    expect(Value.Errors(Notification, answer.notification)).toEqual([])
    expect(noted).toMatchObject([
      { actor: 'root', action: 'notification.sent', detail: { type: 'warning', title: 'Dừng máy' } },
    ])
    const all = [root, ...others]
    await settle(all)
    for (const client of all) {
      expect(messagesOf(client)).toEqual(['Line 2 stops at “six”', 'marker'])
      expect(client.bodies('notification')[0]).toEqual(answer.notification)
    }
  })

  it('reaches exactly a role, or a user, and nobody else', async () => {
    const root = await connect('root')
    const [olga, ada, bob] = [await connect('olga', 1), await connect('ada', 1), await connect('bob')]
    const send = (message: string, to: object) =>
      root.call('send:notification', { type: 'info', message, to })
    await send('operators', { role: 'operator' })
    await send('users', { role: 'user' })
    await send('bob alone', { user: 'bob' })
    await settle([root, olga, ada, bob])
    expect(messagesOf(root)).toEqual(['marker'])
    expect(messagesOf(olga)).toEqual(['operators', 'marker'])
    expect(messagesOf(ada)).toEqual(['users', 'marker'])
    expect(messagesOf(bob)).toEqual(['users', 'bob alone', 'marker'])
  })

  it('is for administrators', async () => {
    for (const user of ['ada', 'olga']) {
      const client = await connect(user)
      const answer = await client.call('send:notification', { type: 'info', message: 'x' })
      expect(answer).toMatchObject({ ok: false, code: 'FORBIDDEN' })
    }
    expect(await notifications.unread('id-of-ada')).toBe(0)
  })

  it('says what is wrong', async () => {
    const root = await connect('root')
    for (const [body, words] of [
      [{ type: 'info', message: 'x', to: { user: 'nobody' } }, 'to.user names nobody'],
      [{ type: 'info', message: '' }, 'message'],
      [{ type: 'info', message: 'x', to: { user: 'ada', role: 'user' } }, 'to'],
      ['hello', 'argument 1'],
    ] as const) {
      const answer = await root.call('send:notification', body)
      expect(answer).toMatchObject({ ok: false, code: 'VALIDATION_FAILED' })
      expect(answer.message).toContain(words)
    }
  })

  it('says that a retry makes sense while the store is away, and tells nobody', async () => {
    const away: NotificationStore = {
      ...notifications,
      add: () => Promise.reject(new StoreUnavailable('away')),
    }
    const replica = await addReplica({ notifications: away })
    const root = await replica.connect({ user: 'root', role: 'admin' })
    const answer = await root.call('send:notification', { type: 'info', message: 'x' })
    expect(answer).toMatchObject({ ok: false, code: 'UNAVAILABLE', retryAfterMs: expect.any(Number) })
    await settle([root])
    expect(messagesOf(root)).toEqual(['marker'])
  })

  it('keeps the notice while nobody can be told', async () => {
    const deaf = await addReplica({
      channel: { send: () => Promise.reject(new StoreUnavailable('away')), listen: () => () => {} },
    })
    const root = await deaf.connect({ user: 'root', role: 'admin' })
    expect(await root.call('send:notification', { type: 'info', message: 'x' })).toMatchObject({ ok: true })
    expect(await notifications.unread('id-of-ada')).toBe(1)
  })
})

describe('what a user has not read', () => {
  it('is counted in the welcome, for who was away too', async () => {
    expect((await (await connect('ada')).next('welcome')).unread).toBe(0)
    for (const message of ['1', '2']) await notifications.add({ type: 'info', message })
    await notifications.add({ type: 'info', message: 'not theirs', to: { user: 'bob' } })
    const welcome = await (await connect('ada', 1)).next('welcome')
    expect(welcome.unread).toBe(2)
  })

  it('is left out of the welcome where the store does not answer soon', async () => {
    const slow = { ...notifications, unread: () => new Promise<number>(() => {}) }
    const replica = await addReplica({ notifications: slow })
    const first = await replica.connect({ user: 'ada' })
    expect(await first.next('welcome')).not.toHaveProperty('unread')
    const broken = { ...notifications, unread: () => Promise.reject(new StoreUnavailable('away')) }
    const other = await addReplica({ notifications: broken })
    expect(await (await other.connect({ user: 'ada' })).next('welcome')).not.toHaveProperty('unread')
  })

  it('and comes while the handshake goes on is written after the welcome, once', async () => {
    let counted = () => {}
    const isCounted = new Promise<number>((resolve) => {
      counted = () => resolve(0)
    })
    let isAsked = false
    const replica = await addReplica({
      notifications: {
        ...notifications,
        unread: () => {
          isAsked = true
          return isCounted
        },
      },
    })
    const watching = await connect('bob')
    const ada = await replica.open({ user: 'ada' })
    await until('the handshake asks', () => isAsked)
    const notification = (await notifications.add({ type: 'info', message: 'meanwhile' }))!
    await shared.channel!.send({ kind: 'notification', notification })
    await until('others have it', () => messagesOf(watching).length === 1)
    counted()
    await ada.next('welcome')
    await settle([ada])
    expect(messagesOf(ada)).toEqual(['meanwhile', 'marker'])
    expect(ada.received.map(({ event }) => event).slice(0, 3)).toEqual([
      'connected',
      'welcome',
      'notification',
    ])
  })

  it('is told to every tab of theirs when one has read, and to nobody else', async () => {
    const ids: string[] = []
    for (const message of ['1', '2', '3']) {
      ids.push((await notifications.add({ type: 'info', message }))!.id)
    }
    const tabs = [await connect('ada'), await connect('ada', 1)]
    const bob = await connect('bob', 1)
    expect(await tabs[0]!.call('notifications:read', { ids: [ids[2]] })).toEqual({ ok: true, unread: 2 })
    expect(await tabs[1]!.call('notifications:read', { upTo: ids[1] })).toEqual({ ok: true, unread: 0 })
    await settle([...tabs, bob])
    for (const tab of tabs) {
      expect(tab.bodies('notifications:read')).toEqual([
        { ids: [ids[2]], unread: 2 },
        { ids: [], upTo: ids[1], unread: 0 },
      ])
    }
    expect(bob.bodies('notifications:read')).toEqual([])
    expect(await notifications.unread('id-of-bob')).toBe(4)
  })
})

it('gives who watches without a login what is for everyone, and has nothing of theirs to read', async () => {
  const replica = await addReplica({ config: { ANONYMOUS_ROLE: 'user' } })
  const wall = await replica.connect({ auth: {} })
  expect((await wall.next('welcome')).unread).toBe(0)
  expect(await wall.call('notifications:read', { upTo: '1' })).toEqual({ ok: true, unread: 0 })
  const root = await connect('root')
  await root.call('send:notification', { type: 'info', message: 'operators', to: { role: 'operator' } })
  await settle([wall])
  expect(messagesOf(wall)).toEqual(['marker'])
})
