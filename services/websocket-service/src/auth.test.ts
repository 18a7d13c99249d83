import { createMemoryFleetChannel, createMemoryRightsBoard } from '@iot/adapter-memory'
import type { FleetMessage } from '@iot/contracts'
import { systemClock, type UserRights } from '@iot/ports'
import { createMetrics, createRightsWatch, silentLogger } from '@iot/runtime'
import { FakeClock, until } from '@iot/testkit'
import { afterEach, describe, expect, it } from '@jest/globals'
import { type Client, type Harness, startHarness } from './testing/harness.js'

/** Tokens of the tests live so long. */
const LIFETIME_MS = 900_000

const stops: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop()
})

async function start(options: Parameters<typeof startHarness>[0] = {}): Promise<Harness> {
  const harness = await startHarness(options)
  stops.push(harness.stop)
  return harness
}

/** A clock that a test turns past the end of a token, so that the handshake before it is in time on any machine. */
function clockOfNow(): FakeClock {
  return new FakeClock(Date.now())
}

/** A token that ends so soon. */
function shortToken(harness: Harness, leftMs: number): Promise<string> {
  return harness.tokenOf('ada', 'user', Date.now() - LIFETIME_MS + leftMs)
}

function endOf({ socket }: Client): Promise<string> {
  return new Promise((resolve) => socket.once('disconnect', resolve))
}

describe('a token', () => {
  it('is warned of, and a new one carries the same connection on', async () => {
    const clock = clockOfNow()
    const harness = await start({ clock })
    const [client, other] = [await harness.connect(), await harness.connect({ user: 'grace' })]
    clock.advance(LIFETIME_MS - 30_000)
    const { expiresAt } = await client.next('auth:expiring')
    const leftMs = Date.parse(String(expiresAt)) - clock.nowMs()
    expect([leftMs > 28_000, leftMs <= 30_000]).toEqual([true, true])
    const fresh = await client.call('auth:refresh', await harness.tokenOf())
    expect(fresh).toMatchObject({ ok: true, user: { id: 'id-of-ada', username: 'ada', role: 'user' } })
    expect(Date.parse(String(fresh.expiresAt)) - clock.nowMs()).toBeGreaterThan(LIFETIME_MS - 10_000)
    // All sessions are looked at in one turn: when the other has ended, this one was seen after its first token, too.
    const end = endOf(other)
    clock.advance(30_000)
    expect(await end).toBe('transport close')
    expect(await client.call('ping')).toMatchObject({ ok: true })
    expect(client.bodies('auth:expired')).toEqual([])
  })

  it('that ends is told, and its stock client comes back with a new one and hears why', async () => {
    const clock = clockOfNow()
    const harness = await start({ clock })
    const client = await harness.connect({
      reconnection: true,
      reconnectionDelay: 10,
      auth: (pass: (auth: { token: string }) => void) =>
        void harness.tokenOf().then((token) => pass({ token })),
    })
    const end = endOf(client)
    clock.advance(LIFETIME_MS)
    expect(await end).toBe('transport close')
    expect(client.bodies('auth:expired')).toEqual([{ reason: 'token expired', message: expect.any(String) }])
    await until('welcome again', () => client.bodies('welcome').length === 2)
    expect(client.bodies('welcome').map(({ lastClose }) => lastClose)).toEqual([undefined, 'token expired'])
    expect(await harness.metric('iot_socket_closed_total{reason="token expired"}')).toBe(1)
  })

  it('that ends is told to who polls, too', async () => {
    const clock = clockOfNow()
    const harness = await start({ clock })
    const client = await harness.connect({ transports: ['polling'] })
    const end = endOf(client)
    clock.advance(LIFETIME_MS)
    expect(await end).toMatch(/transport (close|error)/)
    expect(client.bodies('auth:expired')).toMatchObject([{ reason: 'token expired' }])
    await until('nobody', () => harness.service.figures().connections === 0)
  })

  it('that is older than the newest does not shorten the session', async () => {
    const harness = await start()
    const client = await harness.connect({ auth: { token: await shortToken(harness, 300_000) } })
    const newest = await client.call('auth:refresh', await harness.tokenOf())
    const older = await client.call('auth:refresh', await shortToken(harness, 200_000))
    expect(older).toMatchObject({ ok: true, expiresAt: newest.expiresAt })
  })

  it('that ended is told to whoever comes back to another replica', async () => {
    const logger = silentLogger()
    const channel = createMemoryFleetChannel({ logger, metrics: createMetrics() })
    const clock = clockOfNow()
    const first = await start({ channel, clock })
    const second = await start({ channel, clock, beside: first })
    const end = endOf(await first.connect())
    clock.advance(LIFETIME_MS)
    await end
    await until('the word', async () => {
      const back = await second.connect()
      return back.bodies('welcome')[0]?.lastClose === 'token expired'
    })
    const later = await first.connect()
    expect(later.bodies('welcome')[0]).not.toHaveProperty('lastClose')
  })

  it('has nothing to do with it where a replica stops, and who comes to another hears that', async () => {
    const logger = silentLogger()
    const channel = createMemoryFleetChannel({ logger, metrics: createMetrics() })
    const first = await start({ channel, config: { DRAIN_SPREAD_MS: 100 } })
    const second = await start({ channel, beside: first })
    const client = await first.connect()
    const gone = await first.connect({ user: 'grace' })
    gone.socket.disconnect()
    await until('gone', () => first.service.figures().users === 1)
    const end = endOf(client)
    await first.service.stop()
    expect(await end).toBe('transport close')
    const back = await second.connect()
    expect(await back.next('welcome')).toMatchObject({ lastClose: 'server stopping' })
    const grace = await second.connect({ user: 'grace' })
    expect(await grace.next('welcome')).not.toHaveProperty('lastClose')
  })

  it('is taken from the same user alone, whole, and in time', async () => {
    const harness = await start()
    const client = await harness.connect()
    const refused: [unknown, string][] = [
      [await harness.tokenOf('grace'), 'FORBIDDEN'],
      [await shortToken(harness, -60_000), 'TOKEN_EXPIRED'],
      ['no.token.atall', 'UNAUTHENTICATED'],
      ['', 'VALIDATION_FAILED'],
      [undefined, 'VALIDATION_FAILED'],
      [{ $ne: null }, 'VALIDATION_FAILED'],
    ]
    for (const [token, code] of refused) {
      expect(await client.call('auth:refresh', token)).toMatchObject({ ok: false, code })
    }
    expect(await client.call('ping')).toMatchObject({ ok: true })
  })

  it('with other rights makes the client come back, so that they hold for all it has', async () => {
    const harness = await start()
    const client = await harness.connect()
    const token = await harness.tokenOf('ada', 'user', Date.now(), { sites: ['hall 1'], userVersion: 1 })
    const end = endOf(client)
    expect(await client.call('auth:refresh', token)).toMatchObject({ ok: true, user: { sites: ['hall 1'] } })
    expect(await end).toBe('transport close')
    expect(client.bodies('auth:expired')).toMatchObject([{ reason: 'rights changed' }])
    const back = await harness.connect({ auth: { token } })
    expect(await back.next('welcome')).toMatchObject({
      user: { sites: ['hall 1'] },
      lastClose: 'rights changed',
    })
  })
})

describe('rights that change', () => {
  const rights: UserRights = { userId: 'id-of-ada', version: 1, role: 'user', effect: 'out' }

  /** Two replicas that read one board; without the `word` about a change, unless a test gives it. */
  async function startFleet() {
    const board = createMemoryRightsBoard({ clock: systemClock })
    const listeners = new Set<(message: FleetMessage) => void>()
    const channel = {
      send: async () => {},
      listen(listener: (message: FleetMessage) => void) {
        listeners.add(listener)
        return () => listeners.delete(listener)
      },
    }
    async function replica(beside?: Harness) {
      const watch = createRightsWatch({ board, clock: systemClock, logger: silentLogger() })
      await watch.start({ signal: new AbortController().signal, fail: () => {} })
      stops.push(watch.stop)
      return await start({ rights: watch, channel, ...(beside && { beside }) })
    }
    const first = await replica()
    const replicas = [first, await replica(first)]
    const say = (message: FleetMessage) => {
      for (const listener of listeners) listener(message)
    }
    return { board, replicas, say }
  }

  it('put out who is out on every replica within 5 s, also when the word about it is lost', async () => {
    const { board, replicas } = await startFleet()
    const clients = await Promise.all(
      replicas.map((replica) => replica.connect({ reconnection: true, reconnectionDelay: 10 })),
    )
    const grace = await replicas[0]!.connect({ user: 'grace' })
    const ends = clients.map(endOf)
    const beganAtMs = performance.now()
    await board.post(rights)
    // A stock client stays away after this one.
    expect(await Promise.all(ends)).toEqual(['io server disconnect', 'io server disconnect'])
    // Twice what is promised: the machine may be busy with other tests.
    expect(performance.now() - beganAtMs).toBeLessThan(10_000)
    for (const client of clients) {
      expect(client.bodies('auth:expired')).toMatchObject([{ reason: 'signed out' }])
      expect(client.socket.active).toBe(false)
    }
    expect(await grace.call('ping')).toMatchObject({ ok: true })
  })

  it('are in force at once where the word arrives, and at the handshake', async () => {
    const { replicas, say } = await startFleet()
    const changed: UserRights = { ...rights, effect: 'changed', role: 'operator' }
    const client = await replicas[1]!.connect()
    const end = endOf(client)
    say({ kind: 'rights', rights: changed })
    expect(await end).toBe('transport close')
    expect(client.bodies('auth:expired')).toMatchObject([{ reason: 'rights changed' }])
    const old = await replicas[1]!.open()
    expect(await old.next('connect_error')).toMatchObject({ data: { code: 'TOKEN_EXPIRED' } })
    const token = await replicas[1]!.tokenOf('ada', 'operator', Date.now(), { userVersion: 1 })
    const back = await replicas[1]!.connect({ auth: { token } })
    expect(await back.next('welcome')).toMatchObject({ role: 'operator', lastClose: 'rights changed' })
    expect(await back.call('auth:refresh', await replicas[1]!.tokenOf())).toMatchObject({
      code: 'TOKEN_EXPIRED',
    })
  })

  it('shut out who was signed out until they log in again', async () => {
    const { replicas, say } = await startFleet()
    say({ kind: 'rights', rights })
    const old = await replicas[0]!.open()
    expect(await old.next('connect_error')).toMatchObject({ data: { code: 'UNAUTHENTICATED' } })
    const token = await replicas[0]!.tokenOf('ada', 'user', Date.now(), { userVersion: 1 })
    await replicas[0]!.connect({ auth: { token } })
  })

  it('and connections that are to be closed are those that were named', async () => {
    const { replicas, say } = await startFleet()
    const [one, two] = [await replicas[0]!.connect(), await replicas[0]!.connect()]
    const others = await replicas[0]!.connect({ user: 'grace' })
    say({ kind: 'close', reason: 'nobody is meant' })
    say({ kind: 'close', reason: 'not hers', sessionId: one.socket.id!, userId: 'id-of-grace' })
    const first = endOf(one)
    say({ kind: 'close', reason: 'too old', sessionId: one.socket.id! })
    expect(await first).toBe('transport close')
    expect(await two.call('ping')).toMatchObject({ ok: true })
    const second = endOf(two)
    say({ kind: 'close', reason: 'moved', userId: 'id-of-ada' })
    expect(await second).toBe('transport close')
    expect(await others.call('ping')).toMatchObject({ ok: true })
    const back = await replicas[0]!.connect()
    expect(await back.next('welcome')).toMatchObject({ lastClose: 'closed by an administrator' })
  })
})
