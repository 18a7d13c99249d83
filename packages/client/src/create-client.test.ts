import type { Reading } from '@iot/contracts'
import { describe, expect, it } from '@jest/globals'
import { createClient } from './create-client.js'
import { answered, aReading, createFakeServer, FakeTimers, settle } from './fake-server.js'
import type { LiveConnection } from './live-client.js'

const EMPTY_BATCH = { positions: { epoch: 'e', readings: {}, status: {} } }

function setUp() {
  const server = createFakeServer()
  const timers = new FakeTimers()
  const tokens: boolean[] = []
  const errors: unknown[] = []
  const session = { isOver: false }
  const rest = { fails: false, polls: 0 }
  const client = createClient({
    url: 'http://here',
    path: '/socket.io',
    getToken: async ({ fresh }) => {
      tokens.push(fresh)
      if (session.isOver) throw Object.assign(new Error('signed out'), { sessionEnded: true })
      return `token ${tokens.length}`
    },
    fetchLatest: async () => {
      rest.polls += 1
      if (rest.fails) throw new Error('REST is away')
      return [aReading('polled')]
    },
    onError: (error) => errors.push(error),
    openSocket: server.openSocket,
    timers,
    random: () => 0,
  })
  const told: LiveConnection['state'][] = []
  client.onConnection(({ state }) => told.push(state))
  const seen: Reading[] = []
  const watch = () => client.watchAll({ onReadings: (readings) => seen.push(...readings) })
  const attempt = () => server.attempts.at(-1)!
  return { server, timers, tokens, session, errors, rest, client, told, seen, watch, attempt }
}

describe('the live client', () => {
  it('is live when every subscription has been answered, and catching up before', async () => {
    const { client, server, watch, attempt, told, seen } = setUp()
    let answer: (value: ReturnType<typeof answered>) => void = () => undefined
    server.answer = () => new Promise((resolve) => (answer = resolve))
    watch()
    client.start()
    expect(client.connection().state).toBe('connecting')
    await settle()
    attempt().events.onConnect()
    expect(client.connection().state).toBe('catchingUp')
    answer(answered([aReading('pump-1')]))
    await settle()
    expect(client.connection().state).toBe('live')
    expect(told).toEqual(['connecting', 'catchingUp', 'live'])
    expect(seen.map((reading) => reading.deviceId)).toEqual(['pump-1'])
  })

  it('gives a snapshot while it is still catching up, so that nobody takes it for live', async () => {
    const { client, server, attempt } = setUp()
    server.answer = () => Promise.resolve(answered([aReading('pump-1')]))
    const states: LiveConnection['state'][] = []
    client.watchAll({ onReadings: () => states.push(client.connection().state) })
    client.start()
    await settle()
    attempt().events.onConnect()
    await settle()
    attempt().events.onBatch({ readings: [aReading('pump-1')], ...EMPTY_BATCH })
    expect(states).toEqual(['catchingUp', 'live'])
  })

  it('asks for the newest each second for overviews and for everything at 100 ms for a device', async () => {
    const { client, watch, attempt } = setUp()
    watch()
    client.watchDevice('pump-1', { onReadings: () => undefined })
    client.start()
    await settle()
    attempt().events.onConnect()
    expect(attempt().asked).toEqual([
      'all {"batch":{"everyMs":1000,"latest":true}}',
      'device pump-1 {"batch":{"everyMs":100}}',
      'ping',
    ])
  })

  it('waits 1 s, 1.5 s, 2.25 s … and never longer than 30 s, without giving up', async () => {
    const { client, timers, server, attempt } = setUp()
    client.start()
    const waits: number[] = []
    for (let failure = 0; failure < 40; failure += 1) {
      await settle()
      attempt().events.onEnd({ reason: 'transport error' })
      const waitMs = client.connection().nextRetryAtMs! - timers.nowMs()
      waits.push(waitMs)
      await timers.turn(waitMs)
    }
    expect(waits.slice(0, 4)).toEqual([1_000, 1_500, 2_250, 3_375])
    expect(Math.max(...waits)).toBe(30_000)
    expect(server.attempts).toHaveLength(41)
  })

  it('goes on growing its waits when connections end at once, and starts over after one that lasted', async () => {
    const { client, timers, attempt } = setUp()
    client.start()
    const fail = () => {
      attempt().events.onEnd({ reason: 'transport close' })
      return client.connection().nextRetryAtMs! - timers.nowMs()
    }
    await settle()
    attempt().events.onConnect()
    expect(fail()).toBe(1_000)
    await timers.turn(1_000)
    attempt().events.onConnect()
    expect(fail()).toBe(1_500)
    await timers.turn(1_500)
    attempt().events.onConnect()
    await timers.turn(5_000)
    expect(fail()).toBe(1_000)
  })

  it('fetches a new token at once when the old one is refused, and waits when that is refused too', async () => {
    const { client, timers, tokens, server, attempt } = setUp()
    client.start()
    await settle()
    attempt().events.onEnd({ code: 'TOKEN_EXPIRED', reason: 'refused' })
    await timers.turn(0)
    expect(tokens).toEqual([false, true])
    expect(attempt().token).toBe('token 2')
    attempt().events.onEnd({ code: 'UNAUTHENTICATED', reason: 'refused' })
    await timers.turn(999)
    expect(server.attempts).toHaveLength(2)
    await timers.turn(1)
    expect(server.attempts).toHaveLength(3)
  })

  it('stops quietly when the session is over, and begins anew when it is started again', async () => {
    const { client, timers, tokens, session, errors, rest, attempt } = setUp()
    client.start()
    await settle()
    attempt().events.onConnect()
    session.isOver = true
    attempt().events.onEnd({ reason: 'signed out', code: 'TOKEN_EXPIRED' })
    await timers.turn(600_000)
    expect(tokens).toEqual([false, true])
    expect(rest.polls).toBe(0)
    expect(client.connection()).toEqual({ state: 'offline', reason: 'signed out' })
    session.isOver = false
    client.start()
    await settle()
    attempt().events.onConnect()
    await settle()
    expect(client.connection()).toEqual({ state: 'live' })
    expect(errors).toEqual([])
  })

  it('waits as long as the server asks', async () => {
    const { client, timers, attempt } = setUp()
    client.start()
    await settle()
    attempt().events.onEnd({ code: 'RATE_LIMITED', reason: 'refused', retryAfterMs: 12_345 })
    expect(client.connection()).toMatchObject({
      nextRetryAtMs: timers.nowMs() + 12_345,
      reason: 'RATE_LIMITED',
    })
  })

  it('makes its subscriptions again after a reconnection', async () => {
    const { client, timers, watch, attempt } = setUp()
    watch()
    const end = client.watchDevice('gone', { onReadings: () => undefined })
    client.watchDevice('pump-1', { onReadings: () => undefined })
    client.start()
    await settle()
    attempt().events.onConnect()
    end()
    expect(attempt().asked).toContain('unsubscribe gone')
    attempt().events.onEnd({ reason: 'transport close' })
    await timers.turn(1_000)
    attempt().events.onConnect()
    expect(attempt().asked.filter((ask) => ask.startsWith('device'))).toEqual([
      'device pump-1 {"batch":{"everyMs":100}}',
    ])
  })

  it('asks REST every 5 s once the sockets have failed for 10 s, says so, and stops when they are back', async () => {
    const { client, timers, rest, watch, attempt, seen } = setUp()
    watch()
    client.start()
    await settle()
    attempt().events.onEnd({ reason: 'transport error' })
    await timers.turn(9_999)
    expect(rest.polls).toBe(0)
    await timers.turn(1)
    expect(rest.polls).toBe(1)
    expect(client.connection().state).toBe('polling')
    expect(seen.map((reading) => reading.deviceId)).toEqual(['polled'])
    await timers.turn(5_000)
    expect(rest.polls).toBe(2)
    attempt().events.onConnect()
    await settle()
    expect(client.connection().state).toBe('live')
    await timers.turn(20_000)
    expect(rest.polls).toBe(2)
  })

  it('is offline when REST does not answer either, and polling when it does again', async () => {
    const { client, timers, rest, attempt } = setUp()
    rest.fails = true
    client.start()
    await settle()
    attempt().events.onEnd({ reason: 'transport error' })
    await timers.turn(10_000)
    expect(client.connection().state).toBe('offline')
    rest.fails = false
    await timers.turn(5_000)
    expect(client.connection().state).toBe('polling')
  })

  it('goes on when a handler throws: the others are called, and the error is told', async () => {
    const { client, watch, attempt, seen, errors } = setUp()
    client.watchAll({
      onReadings: () => {
        throw new Error('a broken chart')
      },
    })
    watch()
    client.start()
    await settle()
    attempt().events.onConnect()
    await settle()
    attempt().events.onBatch({ readings: [aReading('pump-1')], ...EMPTY_BATCH })
    expect(seen).toHaveLength(1)
    expect(errors).toEqual([new Error('a broken chart')])
  })

  it('gives a device’s watcher the readings of that device alone', async () => {
    const { client, attempt } = setUp()
    const own: string[] = []
    client.watchDevice('pump-1', {
      onReadings: (readings) => own.push(...readings.map((each) => each.deviceId)),
    })
    client.start()
    await settle()
    attempt().events.onConnect()
    attempt().events.onBatch({ readings: [aReading('pump-1'), aReading('pump-2')], ...EMPTY_BATCH })
    expect(own).toEqual(['pump-1'])
  })

  it('tries a subscription again that was not answered, and leaves one that is not allowed', async () => {
    const { client, timers, server, attempt } = setUp()
    server.answer = (event) => ({
      ok: false,
      code: event.startsWith('device busy') ? 'UNANSWERED' : 'NOT_FOUND',
      message: '',
    })
    client.watchDevice('busy', { onReadings: () => undefined })
    client.watchDevice('hidden', { onReadings: () => undefined })
    client.start()
    await settle()
    attempt().events.onConnect()
    await timers.turn(2_000)
    const asked = attempt().asked.map((ask) => ask.split(' ').slice(0, 2).join(' '))
    expect(asked.filter((ask) => ask === 'device busy')).toHaveLength(2)
    expect(asked.filter((ask) => ask === 'device hidden')).toHaveLength(1)
  })

  it('tries at once when asked to, and is silent after it was stopped', async () => {
    const { client, timers, server, attempt, watch, seen, rest } = setUp()
    watch()
    client.start()
    await settle()
    const first = attempt()
    first.events.onEnd({ reason: 'transport error' })
    client.retryNow()
    await settle()
    expect(server.attempts).toHaveLength(2)
    const second = attempt()
    second.events.onConnect()
    client.stop()
    expect(second.closed).toBe(true)
    second.events.onBatch({ readings: [aReading('late')], ...EMPTY_BATCH })
    await timers.turn(120_000)
    expect(seen).toEqual([])
    expect(rest.polls).toBe(0)
    expect(server.attempts).toHaveLength(2)
  })
})
