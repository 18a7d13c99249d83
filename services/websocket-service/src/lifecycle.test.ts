import { request } from 'node:http'
import { StoreUnavailable } from '@iot/ports'
import { until } from '@iot/testkit'
import { afterEach, describe, expect, it } from '@jest/globals'
import { type Client, type Harness, startHarness } from './testing/harness.js'

let harness: Harness
afterEach(() => harness.stop())

describe('questions', () => {
  it('are answered by callback and by event', async () => {
    harness = await startHarness()
    const [reading] = await harness.publisher.readings({ deviceId: 'd1', value: 5 })
    await harness.publisher.readings({ deviceId: 'd2', value: 6 })
    const client = await harness.connect()
    expect(await client.call('request:latest', 'd1')).toEqual({ ok: true, latest: [reading] })
    expect(await client.next('latest')).toEqual([reading])
    expect((await client.call('request:latest')).latest).toHaveLength(2)
    expect(await client.call('request:latest', 'nobody')).toEqual({ ok: true, latest: [] })
    expect(await client.call('request:status')).toMatchObject({
      ok: true,
      status: { connections: 1, users: 1 },
    })
    expect(await client.next('status:update')).toMatchObject({ connections: 1, users: 1 })
    client.socket.emit('ping')
    expect(await client.next('pong')).toMatchObject({ serverTime: expect.any(String) })
  })

  it('for history are answered oldest first, bounded, as the guide has it', async () => {
    const asked: unknown[] = []
    const row = {
      deviceId: 'd1',
      sensorType: 't',
      timestampMs: 1_000,
      receivedAtMs: 2_000,
      value: 1,
      adjusted: false,
    }
    harness = await startHarness({
      readings: {
        read: async (query) => {
          asked.push(query)
          return [row, { ...row, timestampMs: 3_000, unit: '°C', adjusted: true }]
        },
        buckets: async (query) => {
          asked.push(query)
          return [
            {
              sensorType: 't',
              timestamp: '1970-01-01T00:00:00.000Z',
              count: 3,
              min: 1,
              max: 9,
              avg: 4,
              last: 2,
            },
          ]
        },
      },
    })
    const client = await harness.connect()
    const range = { deviceId: 'd1', from: '2026-01-01T00:00:00Z', to: '2026-01-02T00:00:00Z' }
    expect(await client.call('get:history', range)).toEqual({
      ok: true,
      success: true,
      message: expect.any(String),
      data: [
        {
          deviceId: 'd1',
          sensorType: 't',
          value: 1,
          timestamp: '1970-01-01T00:00:01.000Z',
          receivedAt: '1970-01-01T00:00:02.000Z',
          status: 'normal',
        },
        expect.objectContaining({ unit: '°C', adjusted: true }),
      ],
    })
    expect(asked[0]).toMatchObject({ limit: 1_000, pick: 'newest', fromMs: Date.parse(range.from) })
    const points = await client.call('get:history', { ...range, maxPoints: 24 })
    expect(points.data).toEqual([
      expect.objectContaining({
        deviceId: 'd1',
        value: 4,
        min: 1,
        max: 9,
        count: 3,
        last: 2,
        status: 'normal',
      }),
    ])
    expect(asked[1]).toMatchObject({ bucketMs: 3_600_000 })
  })

  it('say when the store is away, and that a failure of ours is one', async () => {
    let error: Error = new StoreUnavailable('no connection to 10.0.0.1')
    harness = await startHarness({
      readings: {
        read: async () => {
          throw error
        },
      },
    })
    const client = await harness.connect()
    const range = { deviceId: 'd1', from: 0, to: 1_000_000_000_000 }
    expect(await client.call('get:history', range)).toMatchObject({
      ok: false,
      success: false,
      code: 'UNAVAILABLE',
      retryAfterMs: expect.any(Number),
      error: expect.not.stringContaining('10.0.0.1'),
    })
    error = new Error('a secret detail')
    expect(await client.call('get:history', range)).toEqual({
      ok: false,
      success: false,
      code: 'INTERNAL',
      message: 'Something failed here',
      error: 'Something failed here',
    })
  })
})

describe('stopping', () => {
  it('flushes, lets clients go so that they come back, and leaves the HTTP server to its owner', async () => {
    harness = await startHarness()
    const client = await harness.connect()
    const poller = await harness.connect({ transports: ['polling'] })
    await client.call('subscribe-all-devices', { batch: { everyMs: 5_000 } })
    await harness.publisher.readings({ deviceId: 'd1', value: 1 })
    const reasons = [client, poller].map(
      ({ socket }) => new Promise((resolve) => socket.once('disconnect', resolve)),
    )
    await harness.service.stop()
    expect(await Promise.all(reasons)).toEqual(['transport close', 'transport close'])
    expect(client.bodies('sensor:batch')).toHaveLength(1)
    expect(harness.service.figures()).toMatchObject({ connections: 0 })
    const status = await new Promise((resolve) =>
      request(harness.url, (response) => {
        response.resume()
        resolve(response.statusCode)
      }).end(),
    )
    expect(status).toBe(200)
    const late = await harness.open()
    await new Promise((resolve) => late.socket.once('connect_error', resolve))
  })

  it('is safe twice and without a start', async () => {
    harness = await startHarness()
    await harness.service.stop()
    await harness.service.stop()
    expect(harness.service.health?.()).toMatchObject({ status: 'down' })
  })
})

describe('many at once', () => {
  it('500 clients connect, subscribe, get what is theirs, and go', async () => {
    harness = await startHarness({ config: { SOCKET_MAX_CONNECTIONS_PER_USER: 500 } })
    const clients: Client[] = []
    // As many at a time as a machine that is busy lets in before a client, or the server, gives up on a handshake.
    while (clients.length < 500) {
      clients.push(...(await Promise.all(Array.from({ length: 50 }, () => harness.connect()))))
    }
    expect(harness.service.figures()).toMatchObject({ connections: 500, users: 1 })
    await Promise.all(
      clients.map((client, index) =>
        client.call('subscribe:device', `d${index % 10}`, { names: ['sensor:reading'] }),
      ),
    )
    await harness.publisher.readings(
      ...Array.from({ length: 10 }, (_, index) => ({ deviceId: `d${index}`, value: 1 })),
    )
    await until('one each', () => clients.every((client) => client.bodies('sensor:reading').length === 1))
    for (const { socket } of clients) socket.disconnect()
    await until('all gone', () => harness.service.figures().connections === 0)
  })
})

describe('a replica among others', () => {
  it('names the session to the proxy in the answer of a handshake by polling, and there alone', async () => {
    harness = await startHarness()
    const first = await fetch(`${harness.url}/socket.io/?EIO=4&transport=polling`)
    const sid = first.headers.get('x-engine-sid')
    const opening = await first.text()
    expect(sid).toMatch(/^[A-Za-z0-9_-]{20}$/)
    expect(JSON.parse(opening.slice(1))).toMatchObject({ sid })
    const again = await fetch(`${harness.url}/socket.io/?EIO=4&transport=polling&sid=${sid}`, {
      method: 'POST',
      body: '40',
    })
    expect(again.headers.get('x-engine-sid')).toBeNull()
  })

  it('that is told to stop closes its transports over a while, and takes nobody meanwhile', async () => {
    harness = await startHarness({ config: { DRAIN_DELAY_MS: 50, DRAIN_SPREAD_MS: 600 } })
    const clients = await Promise.all(
      Array.from({ length: 12 }, (_, n) =>
        harness.connect({ transports: [n % 4 === 0 ? 'polling' : 'websocket'] }),
      ),
    )
    const ends: { reason: string; left: number }[] = []
    for (const { socket } of clients) {
      socket.on('disconnect', (reason) =>
        ends.push({ reason, left: clients.filter((one) => one.socket.connected).length }),
      )
    }
    const stopping = harness.service.stop()
    await until('the first has been closed', () => ends.length > 0)
    const late = await harness.open()
    expect(await late.next('connect_error')).toBeDefined()
    await stopping
    await until('all have been closed', () => ends.length === clients.length)
    // A stock client comes back by itself after these, and not after “io server disconnect”.
    expect(new Set(ends.map(({ reason }) => reason))).toEqual(new Set(['transport close']))
    // Not all at once: whoever goes first leaves others behind, several times over.
    expect(new Set(ends.map(({ left }) => left)).size).toBeGreaterThan(4)
  })
})
