import { FakeClock, until } from '@iot/testkit'
import { afterEach, describe, expect, it } from '@jest/globals'
import type { Client, Harness } from './testing/harness.js'
import { startHarness } from './testing/harness.js'

let harness: Harness
afterEach(() => harness.stop())

function endOf({ socket }: Client): Promise<string> {
  return new Promise((resolve) => socket.once('disconnect', resolve))
}

/** A stock client that heeds `retryAfterMs`; resolves with how often it had to ask. */
async function comeIn(user: string): Promise<number> {
  for (let tries = 1; ; tries++) {
    const client = await harness.open({ user })
    const refusal = await new Promise<{ data?: { code: string; retryAfterMs: number } } | undefined>(
      (resolve) => {
        client.socket.once('welcome', () => resolve(undefined))
        client.socket.once('connect_error', (error) => resolve(error as never))
      },
    )
    if (!refusal) return tries
    expect(refusal.data).toEqual({ code: 'RATE_LIMITED', retryAfterMs: expect.any(Number) })
    await new Promise((resolve) => setTimeout(resolve, refusal.data!.retryAfterMs))
  }
}

describe('a storm of handshakes', () => {
  it('is spread over the seconds it takes, and everybody gets in', async () => {
    harness = await startHarness({ config: { SOCKET_HANDSHAKES_PER_SECOND: 60 } })
    const beganAtMs = performance.now()
    const tries = await Promise.all(Array.from({ length: 150 }, (_, index) => comeIn(`user-${index}`)))
    expect(harness.service.figures().connections).toBe(150)
    expect(tries.filter((one) => one === 1).length).toBeGreaterThanOrEqual(60)
    expect(Math.max(...tries)).toBeLessThanOrEqual(4)
    expect(performance.now() - beganAtMs).toBeGreaterThan(1_000)
    const deferred = 'iot_socket_handshake_limits_total{limit="handshakes_per_second"}'
    expect(await harness.metric(deferred)).toBe(tries.reduce((sum, one) => sum + one - 1, 0))
  })

  it('of bad tokens takes nobody’s turn', async () => {
    harness = await startHarness({
      config: { SOCKET_HANDSHAKES_PER_SECOND: 2, RATE_LIMIT_MAX_REQUESTS: 1_000 },
    })
    for (let attempt = 0; attempt < 20; attempt++) {
      const bad = await harness.open({ auth: { token: 'bad' } })
      expect(await bad.next('connect_error')).toMatchObject({ data: { code: 'UNAUTHENTICATED' } })
    }
    await harness.connect()
  })
})

describe('a connection', () => {
  it('that nobody uses is closed, pings or not; one that something is sent to is not', async () => {
    const clock = new FakeClock(Date.now())
    harness = await startHarness({ clock, config: { SOCKET_IDLE_TIMEOUT: 1_500 } })
    const [idle, subscribed, system] = await Promise.all([
      harness.connect({ user: 'ada' }),
      harness.connect({ user: 'grace' }),
      harness.connect({ user: 'alan' }),
    ])
    await subscribed.call('subscribe:device', 'd1')
    await system.call('subscribe-system')
    // Time goes by with the pings alone, so the others had all that they needed to subscribe.
    const pinging = setInterval(() => {
      clock.advance(100)
      idle.socket.emit('ping')
    }, 100)
    expect(await endOf(idle)).toBe('transport close')
    clearInterval(pinging)
    expect(await harness.metric('iot_socket_closed_total{reason="idle"}')).toBe(1)
    for (const used of [subscribed, system]) expect(await used.call('ping')).toMatchObject({ ok: true })
    const back = await harness.connect({ user: 'ada' })
    expect(await back.next('welcome')).toMatchObject({ lastClose: 'idle' })
  })

  it.each(['websocket', 'polling'])(
    'that sends too large a packet is closed, by %s, and told why when it is back',
    async (transport) => {
      harness = await startHarness({ config: { SOCKET_MAX_PACKET_BYTES: 2_048 } })
      const client = await harness.connect({ transports: [transport] })
      const end = endOf(client)
      client.socket.emit('ping', 'x'.repeat(4_096))
      expect(await end).toMatch(/transport (close|error)/)
      await until('the session has ended', () => harness.service.figures().connections === 0)
      const back = await harness.connect()
      expect(await back.next('welcome')).toMatchObject({
        lastClose: 'packet too large',
        limits: { packetBytes: 2_048 },
      })
      expect(await harness.metric('iot_socket_closed_total{reason="packet too large"}')).toBe(1)
    },
  )

  it('that sends what is no packet is closed, and told why when it is back', async () => {
    harness = await startHarness()
    const client = await harness.connect()
    const end = endOf(client)
    client.socket.io.engine.send('9[]')
    await end
    const back = await harness.connect()
    expect(await back.next('welcome')).toMatchObject({ lastClose: 'bad packet' })
  })

  it('that does not heed its rate is told why it was closed when it is back', async () => {
    harness = await startHarness({ config: { SOCKET_MESSAGES_PER_SECOND: 5 } })
    const client = await harness.connect()
    const end = endOf(client)
    for (let call = 0; call < 200; call++) client.socket.emit('ping')
    await end
    const back = await harness.connect()
    expect(await back.next('welcome')).toMatchObject({ lastClose: 'too many messages' })
    expect(await harness.metric('iot_socket_closed_total{reason="too many messages"}')).toBe(1)
    await until('one is left', () => harness.service.figures().connections === 1)
  })
})
