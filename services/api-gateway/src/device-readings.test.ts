import type { Reading, ReadingBucket } from '@iot/contracts'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type OpenGateway, openGateway } from './testing/open-gateway.js'

const MINUTE_MS = 60_000
const COUNT = 600
let gateway: OpenGateway
let token: string
let startMs: number
const path = '/api/devices/d1/readings'

/** One reading a minute and sensor, for the last ten hours, with one high and one low among them. */
function valueAt(n: number): number {
  if (n === 123) return 999
  return n === 456 ? -999 : Math.sin(n)
}

beforeAll(async () => {
  gateway = await openGateway()
  token = await gateway.tokenOf('user')
  await gateway.devices.create({ deviceId: 'd1' })
  startMs = gateway.clock.nowMs() - COUNT * MINUTE_MS
  await gateway.readings.write(
    Array.from({ length: COUNT }, (_, n) =>
      ['temperature', 'humidity'].map((sensorType) => ({
        deviceId: 'd1',
        sensorType,
        timestampMs: startMs + n * MINUTE_MS,
        receivedAtMs: startMs + n * MINUTE_MS + 5,
        value: valueAt(n),
        unit: '°C',
        adjusted: n === 0,
      })),
    ).flat(),
  )
})
afterAll(() => gateway.close())

async function get(query: Record<string, string>) {
  return gateway.ask('GET', `${path}?${new URLSearchParams(query)}`, { token })
}

describe('readings of a device', () => {
  it('come as they were, oldest first, in pages that miss and double nothing', async () => {
    const readings: Reading[] = []
    let cursor: string | undefined
    do {
      const { status, body } = await get({ limit: '97', ...(cursor && { cursor }) })
      expect(status).toBe(200)
      readings.push(...body.items)
      cursor = body.nextCursor
    } while (cursor)
    expect(readings).toHaveLength(COUNT * 2)
    expect(new Set(readings.map((one) => `${one.timestamp} ${one.sensorType}`)).size).toBe(COUNT * 2)
    expect([...readings].sort((a, b) => (a.timestamp < b.timestamp ? -1 : 1))[0]?.timestamp).toBe(
      readings[0]?.timestamp,
    )
    expect(readings[0]).toEqual({
      deviceId: 'd1',
      sensorType: 'humidity',
      value: 0,
      unit: '°C',
      timestamp: new Date(startMs).toISOString(),
      receivedAt: new Date(startMs + 5).toISOString(),
      status: 'normal',
      adjusted: true,
    })
  })

  it('are those of one sensor from `from` up to, and not at, `to`', async () => {
    const from = new Date(startMs).toISOString()
    const to = new Date(startMs + 2 * MINUTE_MS).toISOString()
    const { body } = await get({ from, to, sensorType: 'temperature' })
    expect(body.items.map((one: Reading) => one.timestamp)).toEqual([
      from,
      new Date(startMs + MINUTE_MS).toISOString(),
    ])
  })

  it.each(['5m', '1h', '1d'])(
    'in buckets of %s start at multiples in UTC, and their counts add up',
    async (bucket) => {
      const { body } = await get({ bucket, sensorType: 'temperature' })
      const buckets: ReadingBucket[] = body.items
      const widthMs = { '5m': 300_000, '1h': 3_600_000, '1d': 86_400_000 }[bucket]!
      for (const one of buckets) expect(Date.parse(one.timestamp) % widthMs).toBe(0)
      expect(buckets.reduce((sum, one) => sum + one.count, 0)).toBe(COUNT)
      expect(Math.max(...buckets.map((one) => one.max))).toBe(999)
      expect(Math.min(...buckets.map((one) => one.min))).toBe(-999)
      expect(body.nextCursor).toBeUndefined()
    },
  )

  it.each([2, 7, 50, 600, 5_000])(
    'fit into %i points a sensor and keep the highest and the lowest',
    async (points) => {
      const { body } = await get({ maxPoints: String(points) })
      const buckets: ReadingBucket[] = body.items
      for (const sensorType of ['temperature', 'humidity']) {
        const own = buckets.filter((one) => one.sensorType === sensorType)
        expect(own.length).toBeLessThanOrEqual(points)
        expect(own.reduce((sum, one) => sum + one.count, 0)).toBe(COUNT)
        expect(Math.max(...own.map((one) => one.max))).toBe(999)
        expect(Math.min(...own.map((one) => one.min))).toBe(-999)
      }
    },
  )

  it('are those of the last 24 hours when nothing is said', async () => {
    gateway.clock.advance(24 * 3_600_000 - 30 * MINUTE_MS)
    try {
      const user = await gateway.tokenOf('user')
      const { body } = await gateway.ask('GET', `${path}?limit=1000`, { token: user })
      expect(body.items).toHaveLength(30 * 2)
    } finally {
      gateway.clock.advance(-(24 * 3_600_000 - 30 * MINUTE_MS))
    }
  })

  it.each([
    [{ from: 'yesterday' }, 'from'],
    [{ to: '2026-02-30T00:00:00Z' }, 'to'],
    [{ from: '2026-01-01T00:00:00Z', to: '2025-01-01T00:00:00Z' }, 'from'],
    [{ bucket: '5 minutes' }, 'bucket'],
    [{ bucket: '0m' }, 'bucket'],
    [{ maxPoints: '1' }, 'maxPoints'],
    [{ maxPoints: '5001' }, 'maxPoints'],
    [{ maxPoints: '100', bucket: '1m' }, 'maxPoints'],
    [{ bucket: '1m', cursor: 'x' }, 'cursor'],
    [{ sensor: 'temperature' }, 'sensor'],
  ])('are refused for %j, naming the field', async (query, field) => {
    const { status, body } = await get(query as unknown as Record<string, string>)
    expect(status).toBe(400)
    expect(body.code).toBe('VALIDATION_FAILED')
    expect(body.errors).toMatchObject([{ field }])
  })

  it('are refused with a narrower range to ask for when there are too many buckets', async () => {
    const { status, body } = await get({ from: '2020-01-01T00:00:00Z', bucket: '1s' })
    expect(status).toBe(422)
    expect(body.code).toBe('RANGE_TOO_LARGE')
  })

  it('are refused for a cursor that is not one of ours', async () => {
    for (const cursor of [
      'x',
      Buffer.from('[-1,"a"]').toString('base64url'),
      Buffer.from('[1e300,"a"]').toString('base64url'),
    ]) {
      expect((await get({ cursor })).body.code).toBe('BAD_CURSOR')
    }
  })

  it('are none of a device that does not exist', async () => {
    const { status } = await gateway.ask('GET', '/api/devices/nobody/readings', { token })
    expect(status).toBe(404)
  })

  it('are the newest per sensor in `latest`, from the store where nothing is known live', async () => {
    const { body } = await gateway.ask('GET', '/api/devices/d1/latest', { token })
    const timestamp = new Date(startMs + (COUNT - 1) * MINUTE_MS).toISOString()
    expect(body.items).toMatchObject([
      { sensorType: 'humidity', timestamp },
      { sensorType: 'temperature', timestamp },
    ])
  })
})
