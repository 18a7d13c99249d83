import type { Connection, Notification, SystemStatus, User, UserPresence } from '@iot/contracts'
import { until } from '@iot/testkit'
import { afterEach, expect, it } from '@jest/globals'
import type { Socket } from 'socket.io-client'
import { type Api, logIn } from '../harness/api.js'
import { ask, gather, openSocket } from '../harness/sockets.js'
import { docker } from './harness/docker.js'
import type { Stack } from './harness/stack.js'

const PASSWORD = 'a password of somebody'
/** What is done to a user is in force everywhere within 5 s; twice that on a machine that is not alone. */
const IN_FORCE_MS = 10_000
/** A user who has been gone for so long has left, and a little for whoever finds it out. */
const LEFT_MS = 45_000
const LIMIT_MS = 180_000

export function peopleCases(under: () => Stack): void {
  const opened: Socket[] = []
  afterEach(() => {
    for (const socket of opened.splice(0)) socket.disconnect()
  })

  /** One on each replica, whichever the front door would have taken. */
  async function onBothReplicas(token: string): Promise<[Socket, Socket]> {
    const [one, other] = under().replicaUrls
    const sockets: [Socket, Socket] = [
      await openSocket({ url: one }, token),
      await openSocket({ url: other }, token),
    ]
    opened.push(...sockets)
    return sockets
  }

  const makeUser = (api: Api, username: string) =>
    api.send<User>('POST', '/api/users', { username, password: PASSWORD, role: 'user' })
  const connectionsOf = async (api: Api, username: string) =>
    (await api.get<{ items: Connection[] }>(`/api/system/connections?user=${username}`)).items

  it(
    'who come and go once, however many tabs and replicas, and are found in one list',
    async () => {
      const admin = await logIn(under())
      const watching = await onBothReplicas(admin.token)
      const heard = watching.map((socket) => gather<UserPresence>(socket, ['user:joined', 'user:left']))
      const { id } = await makeUser(admin, 'anna')
      const { token } = await logIn(under(), { username: 'anna', password: PASSWORD })
      const tabs = await onBothReplicas(token)

      const isAnna = ({ userId }: UserPresence) => userId === id
      await until('both administrators hear of her', () =>
        heard.every((one) => one['user:joined']!.some(isAnna)),
      )
      const listed = await until(
        'both connections are listed',
        async () => {
          const found = await connectionsOf(admin, 'anna')
          return found.length === 2 && found
        },
        { withinMs: IN_FORCE_MS },
      )
      expect(new Set(listed.map(({ replica }) => replica)).size).toBe(2)

      tabs[0].disconnect()
      tabs[1].disconnect()
      await until('both hear that she left', () => heard.every((one) => one['user:left']!.some(isAnna)), {
        withinMs: LEFT_MS,
      })
      for (const one of heard) {
        expect(one['user:joined']!.filter(isAnna)).toHaveLength(1)
        expect(one['user:left']!.filter(isAnna)).toHaveLength(1)
      }
    },
    LIMIT_MS,
  )

  it(
    'who get a notice on every replica once, and find it again',
    async () => {
      const admin = await logIn(under())
      await makeUser(admin, 'bert')
      const bert = await logIn(under(), { username: 'bert', password: PASSWORD })
      const tabs = await onBothReplicas(bert.token)
      const others = await onBothReplicas(admin.token)
      const heard = [...tabs, ...others].map((socket) => gather<Notification>(socket, ['notification']))
      const [sender] = others

      const forBert = { type: 'info', message: 'only for Bert', to: { user: 'bert' } }
      const forAll = { type: 'warning', message: 'for everybody' }
      expect(await ask(sender, 'send:notification', forBert)).toMatchObject({ ok: true })
      expect(await ask(sender, 'send:notification', forAll)).toMatchObject({ ok: true })
      expect(await ask(tabs[0], 'send:notification', forAll)).toMatchObject({ ok: false, code: 'FORBIDDEN' })
      await until('everybody has the second', () =>
        heard.every((one) => one.notification!.some(({ message }) => message === forAll.message)),
      )
      const messages = heard.map((one) => one.notification!.map(({ message }) => message))
      expect(messages).toEqual([
        [forBert.message, forAll.message],
        [forBert.message, forAll.message],
        [forAll.message],
        [forAll.message],
      ])
      const { items, unread } = await bert.get<{ items: Notification[]; unread: number }>(
        '/api/notifications',
      )
      expect(items.map(({ message }) => message)).toEqual([forAll.message, forBert.message])
      expect(unread).toBe(2)
    },
    LIMIT_MS,
  )

  it(
    'who are out everywhere when they are shut out',
    async () => {
      const admin = await logIn(under())
      const { id } = await makeUser(admin, 'carl')
      const { token } = await logIn(under(), { username: 'carl', password: PASSWORD })
      const tabs = await onBothReplicas(token)
      await admin.send('PATCH', `/api/users/${id}`, { disabled: true })
      await until('both are out', () => tabs.every(({ connected }) => !connected), { withinMs: IN_FORCE_MS })
      await expect(logIn(under(), { username: 'carl', password: PASSWORD })).rejects.toThrow('401')
      await until(
        'and no connection is left',
        async () => (await connectionsOf(admin, 'carl')).length === 0,
        {
          withinMs: IN_FORCE_MS,
        },
      )
      expect(tabs.some(({ connected }) => connected)).toBe(false)
    },
    LIMIT_MS,
  )

  it(
    'who are told the same figures on every replica, those of the database, with a service killed too',
    async () => {
      const stack = under()
      const admin = await logIn(stack)
      const sockets = await onBothReplicas(admin.token)
      const heard = sockets.map((socket) => gather<SystemStatus>(socket, ['system:status']))
      for (const socket of sockets) expect(await ask(socket, 'subscribe-system')).toMatchObject({ ok: true })
      const [database] = await stack.containers('timescaledb')
      const [archive] = await stack.containers('archive')
      await docker(['kill', archive!])
      try {
        const stored = Number(
          await docker([
            ...['exec', database!, 'psql', '-U', 'iot', '-d', 'iot', '-At', '-c'],
            'SELECT count(*) FROM devices',
          ]),
        )
        await until(
          'both tell of the service that is gone',
          () => heard.every((one) => one['system:status']!.at(-1)?.services['data-ingestion'] !== 'healthy'),
          { withinMs: 60_000 },
        )
        for (const one of heard) expect(one['system:status']!.at(-1)!.metrics.totalDevices).toBe(stored)
      } finally {
        await docker(['start', archive!])
      }
      await until(
        'and of its return',
        () => heard.every((one) => one['system:status']!.at(-1)?.status === 'healthy'),
        { withinMs: 60_000 },
      )
      await stack.healthy()
    },
    LIMIT_MS,
  )
}
