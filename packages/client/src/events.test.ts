import { afterEach, describe, expect, it } from '@jest/globals'
import { createClient } from './create-client.js'
import { createFakeServer, FakeTimers, settle } from './fake-server.js'
import type { CallAnswer } from './live-socket.js'

const ends: (() => void)[] = []
afterEach(() => {
  for (const end of ends.splice(0)) end()
})

function setUp() {
  const server = createFakeServer()
  const timers = new FakeTimers()
  const asked: boolean[] = []
  const errors: unknown[] = []
  const token = { fails: false }
  const client = createClient({
    url: 'http://here',
    getToken: async ({ fresh }) => {
      asked.push(fresh)
      if (token.fails) throw new Error('the session server is away')
      return `token ${asked.length}`
    },
    fetchLatest: async () => [],
    onError: (error) => errors.push(error),
    openSocket: server.openSocket,
    timers,
    random: () => 0,
  })
  ends.push(() => client.stop())
  const attempt = () => server.attempts.at(-1)!
  async function connect() {
    client.start()
    await settle()
    attempt().events.onConnect()
    await settle()
  }
  const refreshes = () => attempt().asked.filter((ask) => ask.startsWith('auth:refresh'))
  return { server, timers, asked, errors, token, client, attempt, connect, refreshes }
}

const expiring = { expiresAt: '2026-01-01T00:01:00.000Z' }

describe('events of the contract', () => {
  it('come to every listener, over reconnections, until it ends', async () => {
    const { client, connect, attempt, timers } = setUp()
    const joined: string[] = []
    const listener = (body: { username: string }) => joined.push(body.username)
    const end = client.on('user:joined', listener)
    client.on('user:joined', listener)
    await connect()
    const body = { userId: '1', username: 'ada', role: 'user', timestamp: '' }
    attempt().events.onEvent('user:joined', body)
    expect(joined).toEqual(['ada', 'ada'])
    attempt().events.onEnd({ reason: 'transport close' })
    await timers.turn(1_000)
    attempt().events.onConnect()
    end()
    attempt().events.onEvent('user:joined', { ...body, username: 'bob' })
    attempt().events.onEvent('user:left', body)
    expect(joined).toEqual(['ada', 'ada', 'bob'])
  })

  it('reach the other listeners when one throws', async () => {
    const { client, connect, attempt, errors } = setUp()
    const came: unknown[] = []
    client.on('pong', () => {
      throw new Error('a broken page')
    })
    client.on('pong', (body) => came.push(body))
    await connect()
    attempt().events.onEvent('pong', { serverTime: 'now' })
    expect(came).toEqual([{ serverTime: 'now' }])
    expect(errors).toEqual([new Error('a broken page')])
  })

  it('are sent with their arguments and resolve with the answer', async () => {
    const { client, connect, attempt, server } = setUp()
    expect(await client.call('ping')).toMatchObject({ ok: false, code: 'NOT_CONNECTED' })
    await connect()
    server.answerCall = (): CallAnswer => ({ ok: true, latest: [] })
    expect(await client.call('request:latest', 'pump-1')).toEqual({ ok: true, latest: [] })
    expect(attempt().asked).toContain('request:latest ["pump-1"]')
  })
})

describe('a token that ends', () => {
  it('is replaced on the living connection when the server says so', async () => {
    const { connect, attempt, asked, refreshes, server, client } = setUp()
    await connect()
    attempt().events.onEvent('auth:expiring', expiring)
    await settle()
    expect(asked).toEqual([false, true])
    expect(refreshes()).toEqual(['auth:refresh ["token 2"]'])
    expect(server.attempts).toHaveLength(1)
    expect(client.connection().state).toBe('live')
  })

  it('is asked for again every 10 s where that fails', async () => {
    const { connect, attempt, token, timers, refreshes, server } = setUp()
    await connect()
    token.fails = true
    attempt().events.onEvent('auth:expiring', expiring)
    await timers.turn(9_999)
    expect(refreshes()).toEqual([])
    token.fails = false
    server.answerCall = () => ({ ok: false, code: 'UNAVAILABLE' })
    await timers.turn(1)
    expect(refreshes()).toHaveLength(1)
    server.answerCall = () => ({ ok: true })
    await timers.turn(10_000)
    expect(refreshes()).toHaveLength(2)
    await timers.turn(60_000)
    expect(refreshes()).toHaveLength(2)
  })

  it('is not sent over a connection that has ended meanwhile', async () => {
    const { connect, attempt, token, timers, server } = setUp()
    await connect()
    const first = attempt()
    token.fails = true
    first.events.onEvent('auth:expiring', expiring)
    await settle()
    token.fails = false
    first.events.onEnd({ code: 'TOKEN_EXPIRED', reason: 'token expired' })
    await timers.turn(20_000)
    expect(server.attempts.at(-1)!.token).toBe('token 3')
    expect(first.asked.filter((ask) => ask.startsWith('auth:refresh'))).toEqual([])
  })
})
