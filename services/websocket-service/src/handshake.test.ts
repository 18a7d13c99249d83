import { request } from 'node:http'
import { FakeClock, until } from '@iot/testkit'
import { afterEach, describe, expect, it } from '@jest/globals'
import WebSocket from 'ws'
import { type Harness, startHarness } from './testing/harness.js'

let harness: Harness
afterEach(() => harness.stop())

async function refusal(
  auth: Record<string, unknown>,
): Promise<{ data?: { code?: string; retryAfterMs?: number } }> {
  const { socket } = await harness.open({ auth })
  return await new Promise((resolve) => socket.once('connect_error', resolve))
}

describe('the handshake', () => {
  it('says welcome, with the limits and who one is', async () => {
    harness = await startHarness()
    const client = await harness.connect({ user: 'grace' })
    const welcome = await client.next('welcome')
    expect(welcome).toMatchObject({
      user: { username: 'grace', role: 'user' },
      protocol: 1,
      epoch: 'epoch-of-the-test',
      sessionId: client.socket.id,
      limits: { subscriptions: 1000, messagesPerSecond: 50, packetBytes: 131072, connectionsPerUser: 50 },
    })
    expect(client.received.map(({ event }) => event)).toEqual(['connected', 'welcome'])
    expect(client.bodies('connected')[0]).toEqual(welcome)
  })

  it('refuses no token, a bad one, another type of one, and says when one has expired', async () => {
    harness = await startHarness()
    const expired = await harness.tokenOf('ada', 'user', Date.now() - 3_600_000)
    for (const auth of [{}, { token: 'x.y.z' }, { token: { $ne: 1 } }, { token: '' }]) {
      expect(await refusal(auth)).toMatchObject({ data: { code: 'UNAUTHENTICATED' } })
    }
    expect(await refusal({ token: expired })).toMatchObject({ data: { code: 'TOKEN_EXPIRED' } })
    expect(harness.service.figures()).toMatchObject({ connections: 0, users: 0 })
  })

  it('limits failures per address, and never a good or merely expired token for them', async () => {
    harness = await startHarness({ config: { RATE_LIMIT_MAX_REQUESTS: 2 } })
    for (let failure = 0; failure < 2; failure++) await refusal({ token: 'bad' })
    const refused = await refusal({ token: 'bad' })
    expect(refused).toMatchObject({ data: { code: 'RATE_LIMITED' } })
    expect(refused.data?.retryAfterMs).toBeGreaterThan(0)
    const expired = await harness.tokenOf('ada', 'user', Date.now() - 3_600_000)
    expect(await refusal({ token: expired })).toMatchObject({ data: { code: 'TOKEN_EXPIRED' } })
    await harness.connect()
  })

  it('bounds connections in all and per user, and gives places back', async () => {
    harness = await startHarness({ config: { SOCKET_IO_MAX_CLIENTS: 3, SOCKET_MAX_CONNECTIONS_PER_USER: 2 } })
    const first = await harness.connect({ user: 'ada' })
    await harness.connect({ user: 'ada' })
    const token = await harness.tokenOf('ada')
    expect(await refusal({ token })).toMatchObject({ data: { code: 'TOO_MANY_CONNECTIONS' } })
    await harness.connect({ user: 'grace' })
    const third = await refusal({ token: await harness.tokenOf('alan') })
    expect(third).toMatchObject({ data: { code: 'TOO_MANY_CONNECTIONS' } })
    expect(third.data?.retryAfterMs).toBeGreaterThan(0)
    first.socket.disconnect()
    await until('the place', () => harness.service.figures().connections === 2)
    await harness.connect({ user: 'ada' })
    expect(harness.service.figures()).toMatchObject({ connections: 3, users: 2 })
  })

  it('closes the connection when its token has expired, so that a stock client comes back', async () => {
    const clock = new FakeClock(Date.now())
    harness = await startHarness({ clock })
    const client = await harness.connect()
    const reason = new Promise((resolve) => client.socket.once('disconnect', resolve))
    // Tokens of the tests live 900 s.
    clock.advance(900_000)
    expect(await reason).toBe('transport close')
  })

  it('takes one session per connection, whatever CONNECT is repeated', async () => {
    harness = await startHarness()
    const token = await harness.tokenOf()
    const socket = new WebSocket(`${harness.url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`)
    await new Promise((resolve) => socket.once('open', resolve))
    for (let again = 0; again < 5; again++) socket.send(`40${JSON.stringify({ token })}`)
    await new Promise((resolve) => socket.once('close', resolve))
    await until('nobody', () => harness.service.figures().connections === 0)
  })
})

describe('the Origin', () => {
  async function polling(headers: Record<string, string>): Promise<{ status?: number; cors?: string }> {
    return await new Promise((resolve, reject) => {
      request(`${harness.url}/socket.io/?EIO=4&transport=polling`, { headers }, (response) => {
        response.resume()
        response.once('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            cors: String(response.headers['access-control-allow-origin'] ?? ''),
          }),
        )
      })
        .once('error', reject)
        .end()
    })
  }

  async function opens(origin: string): Promise<boolean> {
    const socket = new WebSocket(
      `${harness.url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`,
      {
        origin,
      },
    )
    return await new Promise((resolve) => {
      socket.once('open', () => {
        socket.terminate()
        resolve(true)
      })
      socket.once('error', () => resolve(false))
    })
  }

  it('is refused on both transports where it is foreign', async () => {
    harness = await startHarness()
    for (const origin of ['https://evil.example', 'null', `https://127.0.0.1:1`, 'http://[']) {
      expect(await polling({ origin })).toMatchObject({ status: 403 })
      expect(await opens(origin)).toBe(false)
    }
  })

  it('may be the host’s own, a configured one, or none', async () => {
    harness = await startHarness({
      config: { FRONTEND_URL: 'https://dashboard.example/start', CORS_ORIGINS: 'http://localhost:5173' },
    })
    for (const origin of ['https://dashboard.example', 'http://localhost:5173']) {
      expect(await polling({ origin })).toEqual({ status: 200, cors: origin })
      expect(await opens(origin)).toBe(true)
    }
    expect(await polling({ origin: harness.url })).toMatchObject({ status: 200 })
    expect(await opens(harness.url)).toBe(true)
    expect(await polling({})).toMatchObject({ status: 200 })
  })
})
