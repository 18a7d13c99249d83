import {
  type FleetMessage,
  PARTITIONS,
  partitionOf,
  type Reading,
  type StatusRecord,
  TOPICS,
} from '@iot/contracts'
import { StoreUnavailable } from '@iot/ports'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type OpenGateway, openGateway, quickHasher } from './testing/open-gateway.js'

let gateway: OpenGateway
let token: string

beforeAll(async () => {
  gateway = await openGateway()
  token = await gateway.tokenOf('admin')
})
afterAll(() => gateway.close())

function get(path: string) {
  return gateway.ask('GET', path, { token })
}

function readingOf(deviceId: string, sensorType: string, value: number): Reading {
  const timestamp = new Date(gateway.clock.nowMs()).toISOString()
  return { deviceId, sensorType, value, timestamp, status: 'normal', receivedAt: timestamp }
}

/** What the log holds of a device's status. */
async function statusesOf(deviceId: string) {
  const partition = partitionOf(deviceId, PARTITIONS)
  const bounds = { maxRecords: 100, maxBytes: 1_000_000 }
  const records = await gateway.log.read<StatusRecord>(TOPICS.deviceStatus, partition, 0, bounds)
  return records.map(({ value }) => value).filter((value) => value.deviceId === deviceId)
}

/** All items of a list, page after page. */
async function all(path: string, limit: number) {
  const items = []
  let cursor: string | undefined
  do {
    const { body } = await get(
      `${path}${path.includes('?') ? '&' : '?'}limit=${limit}${cursor ? `&cursor=${cursor}` : ''}`,
    )
    expect(body.items.length).toBeLessThanOrEqual(limit)
    items.push(...body.items)
    cursor = body.nextCursor
  } while (cursor)
  return items
}

describe('a device', () => {
  it('is made, shown, changed and removed', async () => {
    const made = await gateway.ask('POST', '/api/devices', {
      token,
      body: { deviceId: 'pump:7', name: 'Pump 7', site: 'Hanoi', location: 'Hall A', tags: ['pumps'] },
    })
    expect(made.status).toBe(201)
    expect(made.body).toMatchObject({ deviceId: 'pump:7', status: 'unknown', tags: ['pumps'], sensors: [] })
    expect((await get('/api/devices/pump:7')).body).toEqual(made.body)

    const again = await gateway.ask('POST', '/api/devices', { token, body: { deviceId: 'pump:7' } })
    expect(again.body.code).toBe('CONFLICT')

    const changed = await gateway.ask('PATCH', '/api/devices/pump:7', {
      token,
      body: { name: 'Pump seven', site: null },
    })
    expect(changed.body).toMatchObject({ name: 'Pump seven', location: 'Hall A' })
    expect(changed.body.site).toBeUndefined()

    for (const [given, shown] of [
      ['120s', '2m'],
      ['90s', '90s'],
      ['30d', '30d'],
    ]) {
      const { body } = await gateway.ask('PATCH', '/api/devices/pump:7', {
        token,
        body: { expectedInterval: given },
      })
      expect(body.expectedInterval).toBe(shown)
    }
    const tooRare = { token, body: { expectedInterval: '31d' } }
    expect((await gateway.ask('PATCH', '/api/devices/pump:7', tooRare)).body.errors).toMatchObject([
      { field: 'expectedInterval', message: 'at most 30d' },
    ])
    const learned = { token, body: { expectedInterval: null } }
    expect((await gateway.ask('PATCH', '/api/devices/pump:7', learned)).body).not.toHaveProperty(
      'expectedInterval',
    )

    const words: FleetMessage[] = []
    const stopListening = gateway.channel.listen((word) => void words.push(word))
    expect((await gateway.ask('DELETE', '/api/devices/pump:7', { token })).status).toBe(204)
    stopListening()
    expect(words).toEqual([{ kind: 'credentials-removed', deviceId: 'pump:7' }])
    expect(await statusesOf('pump:7')).toEqual([
      {
        deviceId: 'pump:7',
        status: 'offline',
        timestamp: new Date(gateway.clock.nowMs()).toISOString(),
        cause: 'removed',
      },
    ])
    expect((await get('/api/devices/pump:7')).body.code).toBe('NOT_FOUND')
    expect((await gateway.ask('DELETE', '/api/devices/pump:7', { token })).status).toBe(404)
  })

  it('shows its status, when it was last heard and the newest reading of each sensor', async () => {
    await gateway.devices.describe([{ deviceId: 'live-1', location: 'Line 1' }])
    await gateway.bus.publish(
      [],
      [
        {
          deviceId: 'live-1',
          status: 'online',
          lastSeen: '2026-01-01T00:00:00.000Z',
          readings: [readingOf('live-1', 'temperature', 21.5), readingOf('live-1', 'humidity', 60)],
        },
      ],
    )
    const { body } = await get('/api/devices/live-1')
    expect(body).toMatchObject({ status: 'online', lastSeen: '2026-01-01T00:00:00.000Z', location: 'Line 1' })
    expect(body.sensors).toMatchObject([
      { sensorType: 'humidity', latest: { value: 60 } },
      { sensorType: 'temperature', latest: { value: 21.5 } },
    ])
    const latest = await get('/api/devices/live-1/latest')
    expect(latest.body.items.map((one: Reading) => one.value)).toEqual([60, 21.5])
  })

  it.each(['__proto__', 'constructor'])('is never called %s', async (deviceId) => {
    const made = await gateway.ask('POST', '/api/devices', { token, body: `{"deviceId":"${deviceId}"}` })
    expect(made.status).toBe(400)
    expect((await get(`/api/devices/${deviceId}`)).status).toBe(404)
  })
})

describe('the list of devices', () => {
  beforeAll(async () => {
    for (let n = 0; n < 25; n++) {
      const deviceId = `list-${String(n).padStart(2, '0')}`
      await gateway.devices.create({ deviceId, site: n % 2 ? 'odd' : 'even', tags: n < 3 ? ['few'] : [] })
      if (n % 5 === 0) await gateway.bus.publish([], [{ deviceId, status: 'online' }])
    }
  })

  it('comes in pages that miss and double nothing', async () => {
    const devices = await all('/api/devices?search=list-', 10)
    expect(devices.map((one) => one.deviceId)).toEqual(
      Array.from({ length: 25 }, (_, n) => `list-${String(n).padStart(2, '0')}`),
    )
  })

  it('is filtered by site, tag, search and live status', async () => {
    expect(await all('/api/devices?site=odd', 5)).toHaveLength(12)
    expect(await all('/api/devices?tag=few', 5)).toHaveLength(3)
    expect(await all('/api/devices?search=LIST-1', 5)).toHaveLength(10)
    const online = await all('/api/devices?search=list&status=online', 2)
    expect(online.map((one) => one.deviceId)).toEqual(['list-00', 'list-05', 'list-10', 'list-15', 'list-20'])
    expect(await all('/api/devices?search=list&status=unknown', 7)).toHaveLength(20)
  })

  it.each([
    ['limit=0', 'limit'],
    ['limit=1001', 'limit'],
    ['limit=ten', 'limit'],
    ['limit=1.5', 'limit'],
    ['limit=1&limit=2', 'limit'],
    ['colour=red', 'colour'],
    ['status=on', 'status'],
    ['site=', 'site'],
  ])('refuses %s and names the field', async (query, field) => {
    const { status, body } = await get(`/api/devices?${query}`)
    expect(status).toBe(400)
    expect(body.code).toBe('VALIDATION_FAILED')
    expect(body.errors.map((one: { field: string }) => one.field)).toContain(field)
  })

  it.each(['x', 'W10', 'WyJhIiwiYiJd', 'bnVsbA', `${'A'.repeat(512)}`, 'WyJhIl0='])(
    'refuses the cursor %s',
    async (cursor) => {
      expect((await get(`/api/devices?cursor=${cursor}`)).body.code).toBe('BAD_CURSOR')
    },
  )
})

describe('credentials of a device', () => {
  it('show their password once, let in with it, and are removed', async () => {
    await gateway.devices.create({ deviceId: 'cred-1' })
    const made = await gateway.ask('POST', '/api/devices/cred-1/credentials', {
      token,
      body: { kind: 'gateway' },
    })
    expect(made.status).toBe(201)
    expect(made.body).toMatchObject({ deviceId: 'cred-1', kind: 'gateway' })
    const { id, username, password } = made.body
    expect(password).toMatch(/^[\w-]{24}$/)
    const kept = await gateway.devices.findCredential(username)
    expect(kept?.passwordHash).not.toContain(password)
    expect(await quickHasher.verify(password, kept?.passwordHash)).toBe(true)

    const list = await get('/api/devices/cred-1/credentials')
    expect(list.body.items).toMatchObject([{ id, username }])
    expect(JSON.stringify(list.body)).not.toMatch(/password/i)

    const path = `/api/devices/cred-1/credentials/${id}`
    expect((await gateway.ask('DELETE', `/api/devices/live-1/credentials/${id}`, { token })).status).toBe(404)
    const words: FleetMessage[] = []
    const stopListening = gateway.channel.listen((word) => void words.push(word))
    expect((await gateway.ask('DELETE', path, { token })).status).toBe(204)
    expect((await gateway.ask('DELETE', path, { token })).status).toBe(404)
    stopListening()
    expect(words).toEqual([{ kind: 'credentials-removed', deviceId: 'cred-1' }])
  })

  it('are of the kind that writes its own topics only, unless asked otherwise', async () => {
    const made = await gateway.ask('POST', '/api/devices/cred-1/credentials', { token })
    expect(made.body.kind).toBe('device')
  })

  it('are no more than twenty, and only of a device that exists', async () => {
    await gateway.devices.create({ deviceId: 'cred-2' })
    for (let n = 0; n < 20; n++) {
      await gateway.devices.createCredential({
        deviceId: 'cred-2',
        kind: 'device',
        username: `cred-2-${n}`,
        passwordHash: 'x',
      })
    }
    const over = await gateway.ask('POST', '/api/devices/cred-2/credentials', { token, body: {} })
    expect(over.body.code).toBe('CONFLICT')
    const none = await gateway.ask('POST', '/api/devices/nowhere/credentials', { token, body: {} })
    expect(none.status).toBe(404)
  })
})

describe('the newest readings of all devices', () => {
  beforeAll(async () => {
    for (const deviceId of ['many-1', 'many-2', 'many-3']) {
      await gateway.devices.describe([{ deviceId }])
      await gateway.bus.publish(
        [],
        [{ deviceId, readings: ['c', 'a', 'b'].map((type) => readingOf(deviceId, type, 1)) }],
      )
    }
  })

  it.each([1, 2, 3, 4, 100])('come in pages of %i that miss and double nothing', async (limit) => {
    const readings = await all('/api/sensors/latest', limit)
    expect(
      readings.filter((one) => /^many/.test(one.deviceId)).map((one) => `${one.deviceId} ${one.sensorType}`),
    ).toEqual(['many-1', 'many-2', 'many-3'].flatMap((id) => ['a', 'b', 'c'].map((type) => `${id} ${type}`)))
  })

  it('go on being shown while the store is away', async () => {
    const away = () => Promise.reject(new StoreUnavailable('the database is away'))
    const alone = await openGateway({
      deps: { state: gateway.bus, devices: { ...gateway.devices, list: away, count: away, get: away } },
    })
    try {
      const user = await alone.tokenOf('user')
      const latest = await alone.ask('GET', '/api/sensors/latest', { token: user })
      expect(latest.status).toBe(200)
      expect(latest.body.items.length).toBeGreaterThanOrEqual(9)
      const status = await alone.ask('GET', '/api/system/status', { token: user })
      expect(status.body.metrics.totalDevices).toBeGreaterThanOrEqual(4)
      const device = await alone.ask('GET', '/api/devices/many-1', { token: user })
      expect(device.status).toBe(503)
      expect(device.body.code).toBe('UNAVAILABLE')
      expect(device.headers.get('retry-after')).toBe('5')
    } finally {
      await alone.close()
    }
  })
})

describe('the state of the system', () => {
  it('is as bad as the worst service, with the key figures', async () => {
    const { body } = await get('/api/system/status')
    expect(body).toMatchObject({
      status: 'degraded',
      version: '0.0.1',
      services: { 'api-gateway': 'healthy', 'data-ingestion': 'degraded' },
      timestamp: '2026-01-01T00:00:00.000Z',
    })
    expect(body.metrics.totalDevices).toBe(await gateway.devices.count())
    expect(body.metrics.activeDevices).toBe(6)
  })

  it('says to anybody whether MQTT is connected', async () => {
    expect((await gateway.ask('GET', '/api/sensors/mqtt-status')).body).toEqual({ connected: true })
  })

  it('lists dead letters, newest first, in pages bounded by their size', async () => {
    const big = 'x'.repeat(500_000)
    await gateway.deadLetters.write(
      Array.from({ length: 23 }, (_, offset) => ({
        epoch: 'e',
        partition: 0,
        offset,
        record: {
          reason: 'not-json' as const,
          detail: `letter ${offset}`,
          topic: 'sensor/data',
          receivedAt: new Date(gateway.clock.nowMs() + offset * 1_000).toISOString(),
          payload: offset < 8 ? big : 'small',
        },
      })),
    )
    const first = await get('/api/system/dead-letters?limit=1000')
    expect(first.body.items).toHaveLength(19)
    expect(first.body.nextCursor).toBeDefined()
    const letters = await all('/api/system/dead-letters?state=new', 5)
    expect(letters.map((one) => one.detail)).toEqual(Array.from({ length: 23 }, (_, n) => `letter ${22 - n}`))
    expect((await get('/api/system/dead-letters?state=replayed')).body.items).toEqual([])
  })
})
