import { createServer, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { createClient, type IotClient } from '../packages/client/src/index.js'
import { FakeClock } from '../packages/testkit/src/fake-clock.js'
import { until } from '../packages/testkit/src/until.js'
import { type Harness, startHarness } from '../services/websocket-service/src/testing/harness.js'

/** Tokens of the tests live so long. */
const LIFETIME_MS = 900_000

/** Of the service: turned past the end of a token, it leaves a client all the time it needs before that. */
let clock: FakeClock
let replicas: [Harness, Harness]
let front: Front
const clients: IotClient[] = []
beforeEach(async () => {
  clock = new FakeClock(Date.now())
  const one = await startHarness({ clock })
  replicas = [one, await startHarness({ clock, beside: one })]
  front = await openFront(one)
})
afterEach(async () => {
  for (const client of clients.splice(0)) client.stop()
  await front.close()
  for (const replica of replicas) await replica.stop()
})

interface Front {
  readonly url: string
  readonly polls: string[]
  sendTo(replica: Harness | undefined): void
  refuseWebSockets(): void
  cut(): void
  close(): Promise<void>
}

/** A front door that can send people elsewhere, cut them off, and refuse WebSockets as some networks do. */
async function openFront(first: Harness): Promise<Front> {
  let replica: Harness | undefined = first
  let takesUpgrades = true
  const polls: string[] = []
  const sockets = new Set<Socket>()
  const server: Server = createServer((request, response) => {
    polls.push(request.url!)
    if (replica) replica.server.emit('request', request, response)
    else response.writeHead(503).end()
  })
  server.on('upgrade', (request, socket, head) => {
    if (replica && takesUpgrades) replica.server.emit('upgrade', request, socket, head)
    else socket.destroy()
  })
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const cut = () => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    polls,
    sendTo(next) {
      replica = next
    },
    refuseWebSockets() {
      takesUpgrades = false
    },
    cut,
    async close() {
      cut()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function open(getToken: (options: { fresh: boolean }) => Promise<string>) {
  const polled = { count: 0 }
  const client = createClient({
    url: front.url,
    getToken,
    fetchLatest: async () => {
      polled.count += 1
      return []
    },
    random: () => 0.9,
  })
  clients.push(client)
  const states: string[] = []
  client.onConnection(({ state }) => states.push(state))
  return { client, states, polled }
}

const live = (client: IotClient) => until('live', () => client.connection().state === 'live')

describe('the client, against the service itself', () => {
  it('has a new token in time, and its connection goes on past the end of the first', async () => {
    const asked: boolean[] = []
    const { client, states } = open(({ fresh }) => {
      asked.push(fresh)
      return replicas[0].tokenOf()
    })
    const sessions: string[] = []
    client.on('welcome', ({ sessionId }) => sessions.push(sessionId))
    let wasWarned = false
    client.on('auth:expiring', () => {
      wasWarned = true
    })
    client.start()
    await live(client)
    const other = await replicas[0].connect({ user: 'grace' })
    clock.advance(LIFETIME_MS - 30_000)
    const refreshed = 'iot_socket_calls_total{event="auth:refresh",outcome="ok"}'
    await until('it has given a new token', async () => (await replicas[0].metric(refreshed)) === 1)
    // All sessions are looked at in one turn: when the other has ended, its own was seen after the first token, too.
    clock.advance(30_000)
    await until('a first token has ended', () => !other.socket.connected)
    expect(wasWarned).toBe(true)
    expect(asked).toEqual([false, true])
    expect(await client.call('ping')).toMatchObject({ ok: true })
    expect(sessions).toHaveLength(1)
    expect(states).toEqual(['connecting', 'live'])
  })

  it('comes back with a new token where the old one ended unseen', async () => {
    const { client, states } = open(({ fresh }) =>
      replicas[0].tokenOf('ada', 'user', clock.nowMs() - (fresh ? 0 : LIFETIME_MS + 60_000)),
    )
    client.start()
    await live(client)
    expect(states).not.toContain('polling')
  })

  it('polls where WebSockets are refused, and misses nothing', async () => {
    front.refuseWebSockets()
    const { client } = open(() => replicas[0].tokenOf())
    const values: number[] = []
    client.watchDevice('d1', {
      onReadings: (readings) => values.push(...readings.map(({ value }) => value)),
    })
    client.start()
    await live(client)
    for (const value of [1, 2, 3]) await replicas[0].publisher.readings({ deviceId: 'd1', value })
    await until('all of them', () => values.length >= 3)
    expect(values).toEqual([1, 2, 3])
    expect(front.polls.some((url) => url.includes('transport=polling&') && url.includes('sid='))).toBe(true)
  })

  it('goes on at another replica with what it missed', async () => {
    const { client, states, polled } = open(() => replicas[0].tokenOf())
    const values: number[] = []
    const resumed: boolean[] = []
    client.watchDevice('d1', {
      onReadings: (readings) => values.push(...readings.map(({ value }) => value)),
      onResumed: (isWhole) => resumed.push(isWhole),
    })
    client.start()
    await live(client)
    const publish = (value: number) => replicas[0].publisher.readings({ deviceId: 'd1', value })
    await publish(1)
    await until('the first', () => values.length === 1)
    front.sendTo(undefined)
    front.cut()
    await until('it has noticed', () => client.connection().state === 'reconnecting')
    for (const value of [2, 3, 4]) await publish(value)
    front.sendTo(replicas[1])
    await until('live again', () => resumed.length === 1 && client.connection().state === 'live')
    await publish(5)
    await until('all of them', () => values.length >= 5)
    expect(values).toEqual([1, 2, 3, 4, 5])
    expect(resumed).toEqual([true])
    expect(states).toContain('reconnecting')
    expect(polled.count).toBe(0)
  })

  it('passes on what goes to people, by role', async () => {
    const admin = open(() => replicas[0].tokenOf('root', 'admin')).client
    const user = open(() => replicas[0].tokenOf('ada')).client
    const notices: string[] = []
    const joined: string[] = []
    user.on('notification', ({ message }) => notices.push(message))
    user.on('user:joined', () => notices.push('what is not for users'))
    admin.on('user:joined', ({ username }) => joined.push(username))
    admin.start()
    await live(admin)
    user.start()
    await live(user)
    expect(await user.call('send:notification', { type: 'info', message: 'no' })).toMatchObject({
      ok: false,
      code: 'FORBIDDEN',
    })
    expect(await admin.call('send:notification', { type: 'info', message: 'tea is ready' })).toMatchObject({
      ok: true,
      notification: { message: 'tea is ready', from: 'root' },
    })
    await until('the notice', () => notices.length > 0)
    await until('ada is announced', () => joined.includes('ada'))
    expect(await user.call('ping')).toMatchObject({ ok: true })
    expect(notices).toEqual(['tea is ready'])
  })
})
