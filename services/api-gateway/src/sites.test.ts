import type { Reading } from '@iot/contracts'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { contracts, type OpenGateway, openGateway } from './testing/open-gateway.js'

/** How each route about one device is asked; who may not see the device is answered as if it were not there. */
const OF_A_DEVICE: Readonly<Record<string, { own: number; body?: object; end?: string }>> = {
  'GET /api/devices/{deviceId}': { own: 200 },
  'PATCH /api/devices/{deviceId}': { own: 200, body: { name: 'Another' } },
  'GET /api/devices/{deviceId}/credentials': { own: 200 },
  'POST /api/devices/{deviceId}/credentials': { own: 201, body: {} },
  'DELETE /api/devices/{deviceId}/credentials/{credentialId}': { own: 204 },
  'GET /api/devices/{deviceId}/latest': { own: 200 },
  'GET /api/devices/{deviceId}/readings': { own: 200 },
  'DELETE /api/devices/{deviceId}': { own: 204 },
}
const OWN = 'hue-1'
/** of another site, and of none */
const FOREIGN = ['hanoi-1', 'nowhere-1']

let gateway: OpenGateway
/** an administrator, so that no role is in the way */
let limited: string

beforeAll(async () => {
  gateway = await openGateway({ environment: { USER_RATE_LIMIT_PER_MINUTE: '10000' } })
  await gateway.addUser('limited', 'admin', ['Hue', 'Vinh'])
  limited = await gateway.tokenOf('admin', 'limited')
  for (const site of ['Hanoi', 'Hue', 'Vinh', undefined]) {
    for (let n = 1; n <= 4; n++) {
      const deviceId = `${site?.toLowerCase() ?? 'nowhere'}-${n}`
      await gateway.devices.create({ deviceId, name: 'Pump', tags: ['pumps'], ...(site && { site }) })
      const change = { deviceId, status: n % 2 ? 'online' : 'offline' } as const
      await gateway.bus.publish(
        [],
        [{ ...change, readings: ['a', 'b'].map((type) => readingOf(deviceId, type)) }],
      )
    }
  }
})
afterAll(() => gateway.close())

function readingOf(deviceId: string, sensorType: string): Reading {
  const timestamp = new Date(gateway.clock.nowMs()).toISOString()
  return { deviceId, sensorType, value: 1, timestamp, status: 'normal', receivedAt: timestamp }
}
const ask = (method: string, path: string, body?: object) =>
  gateway.ask(method, path, { token: limited, ...(body && { body }) })

async function all<Item>(path: string, limit: number): Promise<Item[]> {
  const items: Item[] = []
  let cursor: string | undefined
  do {
    const more = cursor ? `&cursor=${cursor}` : ''
    const { status, body } = await ask('GET', `${path}${path.includes('?') ? '&' : '?'}limit=${limit}${more}`)
    expect(status).toBe(200)
    items.push(...body.items)
    cursor = body.nextCursor
  } while (cursor)
  return items
}
async function credentialOf(deviceId: string): Promise<string> {
  const { id } = await gateway.devices.createCredential({
    deviceId,
    kind: 'device',
    username: `${deviceId}-${Math.random()}`,
    passwordHash: 'h',
  })
  return id
}

describe('who is limited to sites', () => {
  it('is asked about in every route about a device', () => {
    const routes = contracts.filter(({ path }) => path.includes('{deviceId}'))
    expect(Object.keys(OF_A_DEVICE).sort()).toEqual(
      routes.map(({ method, path }) => `${method} ${path}`).sort(),
    )
  })

  it.each(Object.entries(OF_A_DEVICE))('finds only their own devices at %s', async (key, { own, body }) => {
    const [method, pattern] = key.split(' ') as [string, string]
    for (const deviceId of [...FOREIGN, OWN]) {
      const credentialId = await credentialOf(deviceId)
      const path = pattern.replace('{deviceId}', deviceId).replace('{credentialId}', credentialId)
      const answer = await ask(method, path, body)
      if (deviceId === OWN) {
        expect(answer.status).toBe(own)
      } else {
        expect(answer.status).toBe(404)
        const missing = await ask(method, path.replace(deviceId, 'no-such'), body)
        const like = JSON.stringify(missing.body).replaceAll('no-such', deviceId)
        expect({ ...answer.body, requestId: '' }).toEqual({ ...JSON.parse(like), requestId: '' })
        expect(await gateway.devices.get(deviceId)).toMatchObject({ name: 'Pump' })
        expect(await gateway.devices.keptCredentials([credentialId])).toEqual([credentialId])
      }
    }
    if (method === 'DELETE' && own === 204) {
      await gateway.devices.create({ deviceId: OWN, name: 'Pump', tags: ['pumps'], site: 'Hue' })
    }
  })

  it.each([
    ['', ['hue-1', 'hue-2', 'hue-3', 'hue-4', 'vinh-1', 'vinh-2', 'vinh-3', 'vinh-4']],
    ['?status=offline', ['hue-2', 'hue-4', 'vinh-2', 'vinh-4']],
    ['?site=Vinh', ['vinh-1', 'vinh-2', 'vinh-3', 'vinh-4']],
    ['?site=Hanoi', []],
    ['?search=-2', ['hue-2', 'vinh-2']],
    ['?search=hanoi', []],
    ['?tag=pumps&search=h', ['hue-1', 'hue-2', 'hue-3', 'hue-4', 'vinh-1', 'vinh-2', 'vinh-3', 'vinh-4']],
  ])('sees only those in the list%s, in full pages', async (query, expected) => {
    for (const limit of [1, 3, 100]) {
      const devices = await all<{ deviceId: string }>(`/api/devices${query}`, limit)
      expect(devices.map(({ deviceId }) => deviceId)).toEqual(expected)
    }
    const first = await ask('GET', `/api/devices${query}${query ? '&' : '?'}limit=3`)
    expect(first.body.items).toHaveLength(Math.min(3, expected.length))
  })

  it('gets the newest readings of those alone, also with a cursor that names another device', async () => {
    for (const limit of [1, 3, 100]) {
      const readings = await all<Reading>('/api/sensors/latest', limit)
      const devices = new Set(readings.map(({ deviceId }) => deviceId))
      expect([...devices].filter((id) => !/^(hue|vinh)-/.test(id))).toEqual([])
      expect(readings.filter(({ deviceId }) => deviceId !== OWN)).toHaveLength(14)
    }
    for (const deviceId of FOREIGN) {
      const cursor = Buffer.from(JSON.stringify([deviceId, 'a'])).toString('base64url')
      const { body } = await ask('GET', `/api/sensors/latest?cursor=${cursor}`)
      expect(body.items.some((one: Reading) => one.deviceId === deviceId)).toBe(false)
    }
  })

  it('counts those devices in the figures', async () => {
    const own = await ask('GET', '/api/system/status')
    expect(own.body.metrics).toMatchObject({ totalDevices: 8, activeDevices: 4 })
    const every = await gateway.ask('GET', '/api/system/status', { token: await gateway.tokenOf('user') })
    expect(every.body.metrics).toMatchObject({ totalDevices: 16, activeDevices: 8 })
  })

  it('puts devices into their own sites alone', async () => {
    for (const site of ['Hanoi', null]) {
      const moved = await ask('PATCH', '/api/devices/vinh-4', { site })
      expect(moved.body.errors).toMatchObject([
        { field: 'site', message: 'must be one of your sites: Hue, Vinh' },
      ])
    }
    expect((await ask('PATCH', '/api/devices/vinh-4', { site: 'Hue' })).body.site).toBe('Hue')
    expect((await ask('PATCH', '/api/devices/vinh-4', { site: 'Vinh' })).status).toBe(200)
    for (const more of [{}, { site: 'Hanoi' }]) {
      const made = await ask('POST', '/api/devices', { deviceId: 'new-1', ...more })
      expect(made.body.code).toBe('VALIDATION_FAILED')
    }
    expect(await gateway.devices.get('new-1')).toBeUndefined()
    expect((await ask('POST', '/api/devices', { deviceId: 'new-1', site: 'Hue' })).status).toBe(201)
    await gateway.devices.remove('new-1')
  })

  it('loses a device that is moved away, and gets one that comes', async () => {
    await gateway.devices.change('hue-4', { site: 'Hanoi' })
    await gateway.devices.change('hanoi-4', { site: 'Hue' })
    expect((await ask('GET', '/api/devices/hue-4')).status).toBe(404)
    expect((await ask('GET', '/api/devices/hanoi-4')).status).toBe(200)
    await gateway.devices.change('hue-4', { site: 'Hue' })
    await gateway.devices.change('hanoi-4', { site: 'Hanoi' })
  })

  it('gets no login for a gateway, and no dead letters: both are of every site', async () => {
    const login = await ask('POST', `/api/devices/${OWN}/credentials`, { kind: 'gateway' })
    expect(login.body.code).toBe('FORBIDDEN')
    expect((await ask('GET', '/api/system/dead-letters')).body.code).toBe('FORBIDDEN')
  })
})
