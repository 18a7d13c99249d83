import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type Asked, contracts, type OpenGateway, openGateway } from './testing/open-gateway.js'

/** What each route answers to: no login, user, operator, admin. And how to ask it so that all else is right. */
interface Row extends Asked {
  readonly answers: readonly [number, number, number, number]
  /** the path with its parameters filled in, `n` counting the requests */
  readonly path?: (n: number) => string
  readonly bodyOf?: (n: number) => object
}

const everybody = (status: number) => [status, status, status, status] as const

const RULE = { name: 'Hot', sensorType: 't', operator: '>', value: 1, severity: 'warning' }

const ROWS: Readonly<Record<string, Row>> = {
  'POST /api/auth/login': { answers: everybody(401), body: { username: 'nobody', password: 'x' } },
  'POST /api/auth/refresh': { answers: everybody(401), body: {} },
  'POST /api/auth/logout': { answers: everybody(204), body: {} },
  'GET /api/auth/me': { answers: [401, 200, 200, 200] },
  'POST /api/auth/password': {
    answers: [401, 401, 401, 401],
    body: { currentPassword: 'not it', newPassword: 'long enough to pass' },
  },
  'GET /api/users': { answers: [401, 403, 403, 200] },
  'POST /api/users': {
    answers: [401, 403, 403, 201],
    bodyOf: (n) => ({ username: `made-${n}`, password: 'long enough to pass', role: 'user' }),
  },
  'GET /api/users/{userId}': { answers: [401, 403, 403, 404], path: () => '/api/users/nobody' },
  'PATCH /api/users/{userId}': {
    answers: [401, 403, 403, 404],
    path: () => '/api/users/nobody',
    body: { role: 'user' },
  },
  'DELETE /api/users/{userId}': { answers: [401, 403, 403, 404], path: () => '/api/users/nobody' },
  'GET /api/setup': { answers: everybody(200) },
  'POST /api/setup': {
    answers: everybody(403),
    body: { token: 'x', username: 'second', password: 'long enough to pass' },
  },
  'GET /api/devices': { answers: [401, 200, 200, 200] },
  'POST /api/devices': { answers: [401, 403, 201, 201], bodyOf: (n) => ({ deviceId: `made-${n}` }) },
  'GET /api/devices/{deviceId}': { answers: [401, 200, 200, 200], path: () => '/api/devices/d1' },
  'PATCH /api/devices/{deviceId}': {
    answers: [401, 403, 200, 200],
    path: () => '/api/devices/d1',
    body: { name: 'One' },
  },
  'DELETE /api/devices/{deviceId}': {
    answers: [401, 403, 403, 204],
    path: () => '/api/devices/d2',
  },
  'GET /api/devices/{deviceId}/credentials': {
    answers: [401, 403, 200, 200],
    path: () => '/api/devices/d1/credentials',
  },
  'POST /api/devices/{deviceId}/credentials': {
    answers: [401, 403, 201, 201],
    path: () => '/api/devices/d1/credentials',
    body: {},
  },
  'DELETE /api/devices/{deviceId}/credentials/{credentialId}': {
    answers: [401, 403, 404, 404],
    path: () => '/api/devices/d1/credentials/none',
  },
  'GET /api/devices/{deviceId}/latest': {
    answers: [401, 200, 200, 200],
    path: () => '/api/devices/d1/latest',
  },
  'GET /api/devices/{deviceId}/readings': {
    answers: [401, 200, 200, 200],
    path: () => '/api/devices/d1/readings',
  },
  'GET /api/sensors/latest': { answers: [401, 200, 200, 200] },
  'GET /api/sensors/mqtt-status': { answers: everybody(200) },
  'GET /api/system/status': { answers: [401, 200, 200, 200] },
  'GET /api/system/connections': { answers: [401, 403, 403, 200] },
  'DELETE /api/system/connections': {
    answers: [401, 403, 403, 204],
    path: () => '/api/system/connections?user=somebody',
  },
  'DELETE /api/system/connections/{sessionId}': {
    answers: [401, 403, 403, 404],
    path: () => '/api/system/connections/none',
  },
  'GET /api/system/activity': { answers: [401, 403, 403, 200] },
  'GET /api/system/dead-letters': { answers: [401, 403, 200, 200] },
  'GET /api/notification-channels': { answers: [401, 403, 403, 200] },
  'POST /api/notification-channels': {
    answers: [401, 403, 403, 201],
    body: { name: 'Shift', kind: 'email', settings: { to: ['a@plant.example'] } },
  },
  'GET /api/notification-channels/{id}': {
    answers: [401, 403, 403, 404],
    path: () => '/api/notification-channels/999',
  },
  'PATCH /api/notification-channels/{id}': {
    answers: [401, 403, 403, 404],
    path: () => '/api/notification-channels/999',
    body: { enabled: false },
  },
  'DELETE /api/notification-channels/{id}': {
    answers: [401, 403, 403, 404],
    path: () => '/api/notification-channels/999',
  },
  'POST /api/notification-channels/{id}/test': {
    answers: [401, 403, 403, 404],
    path: () => '/api/notification-channels/999/test',
  },
  'GET /api/notification-channels/{id}/deliveries': {
    answers: [401, 403, 403, 404],
    path: () => '/api/notification-channels/999/deliveries',
  },
  'GET /api/notifications': { answers: [401, 200, 200, 200] },
  'POST /api/notifications': {
    answers: [401, 403, 403, 201],
    body: { type: 'info', message: 'x' },
  },
  'POST /api/notifications/read': { answers: [401, 200, 200, 200], body: { ids: ['1'] } },
  'GET /api/alert-rules': { answers: [401, 200, 200, 200] },
  'POST /api/alert-rules': { answers: [401, 403, 201, 201], body: RULE },
  'POST /api/alert-rules/preview': {
    answers: [401, 403, 200, 200],
    bodyOf: () => ({
      rule: RULE,
      from: new Date(gateway.clock.nowMs() - 60_000).toISOString(),
      to: new Date(gateway.clock.nowMs()).toISOString(),
    }),
  },
  'GET /api/alert-rules/{id}': { answers: [401, 404, 404, 404], path: () => '/api/alert-rules/none' },
  'PATCH /api/alert-rules/{id}': {
    answers: [401, 403, 404, 404],
    path: () => '/api/alert-rules/none',
    body: { enabled: false },
  },
  'DELETE /api/alert-rules/{id}': { answers: [401, 403, 404, 404], path: () => '/api/alert-rules/none' },
  'GET /api/maintenance-windows': { answers: [401, 200, 200, 200] },
  'POST /api/maintenance-windows': {
    answers: [401, 403, 201, 201],
    bodyOf: () => {
      const [from, to] = [0, 3_600_000].map((ms) => new Date(gateway.clock.nowMs() + ms).toISOString())
      return { deviceId: 'd1', from, to }
    },
  },
  'DELETE /api/maintenance-windows/{id}': {
    answers: [401, 403, 404, 404],
    path: () => '/api/maintenance-windows/none',
  },
  'GET /api/alerts': { answers: [401, 200, 200, 200] },
  'GET /api/alerts/{id}': { answers: [401, 404, 404, 404], path: () => '/api/alerts/none' },
  ...Object.fromEntries(
    (['acknowledge', 'shelve', 'unshelve', 'resolve', 'comment'] as const).map((action) => [
      `POST /api/alerts/{id}/${action}`,
      {
        answers: [401, 403, 404, 404] as const,
        path: () => `/api/alerts/none/${action}`,
        body: action === 'shelve' ? { for: '1h' } : action === 'comment' ? { comment: 'x' } : {},
      },
    ]),
  ),
  'POST /api/alerts/bulk': {
    answers: [401, 403, 200, 200],
    body: { action: 'resolve', alertIds: ['none'] },
  },
  'GET /api/system/rule-files': { answers: [401, 403, 200, 200] },
  'GET /api/audit': { answers: [401, 403, 403, 200] },
  'GET /config.json': { answers: everybody(200) },
}

const CALLERS = ['none', 'user', 'operator', 'admin'] as const
let gateway: OpenGateway
let asked = 0

beforeAll(async () => {
  gateway = await openGateway({
    environment: { RATE_LIMIT_MAX_REQUESTS: '10000', LOGIN_MAX_FAILURES: '1000' },
  })
  for (const deviceId of ['d1', 'd2']) await gateway.devices.create({ deviceId })
  await gateway.addUser('somebody', 'admin')
  await gateway.addUser('limited', 'admin', ['Hue'])
})
afterAll(() => gateway.close())

function keyOf(contract: { method: string; path: string }): string {
  return `${contract.method} ${contract.path}`
}

describe('who may ask what', () => {
  it('is said for every route, and for no other', () => {
    expect(Object.keys(ROWS).sort()).toEqual(contracts.map(keyOf).sort())
  })

  const cases = contracts.flatMap((contract) =>
    CALLERS.map((caller, place) => ({
      caller,
      key: keyOf(contract),
      status: ROWS[keyOf(contract)]?.answers[place],
    })),
  )
  it.each(cases)('$key by $caller is answered $status', async ({ key, caller, status }) => {
    const row = ROWS[key]!
    const [method, pattern] = key.split(' ') as [string, string]
    asked += 1
    const body = row.bodyOf?.(asked) ?? row.body
    const answer = await gateway.ask(method, row.path?.(asked) ?? pattern, {
      ...(caller !== 'none' && { token: await gateway.tokenOf(caller) }),
      ...(body !== undefined && { body }),
    })
    expect(answer.status).toBe(status)
    if (caller === 'none' && status === 401 && pattern.startsWith('/api/devices')) {
      expect(answer.body.code).toBe('UNAUTHENTICATED')
    }
  })

  const closed = contracts.filter((contract) => contract.access !== 'open').map(keyOf)
  it.each(closed)('%s believes no token that is not ours', async (key) => {
    const [method, pattern] = key.split(' ') as [string, string]
    const path = ROWS[key]!.path?.(0) ?? pattern
    const good = await gateway.tokenOf('admin')
    const [header, claims, signature] = good.split('.') as [string, string, string]
    const none = Buffer.from('{"alg":"none","typ":"at+jwt"}').toString('base64url')
    for (const token of [
      `${none}.${claims}.`,
      `${header}.${claims}.${signature.slice(0, -4)}AAAA`,
      `${header}.${claims}`,
      'x'.repeat(8_000),
    ]) {
      const answer = await gateway.ask(method, path, { token })
      expect(answer.status).toBe(401)
    }
  })

  it.each(contracts.filter(({ everySite }) => everySite).map(keyOf))(
    '%s is about every site, so who is limited to some is refused',
    async (key) => {
      const [method, path] = key.split(' ') as [string, string]
      const token = await gateway.tokenOf('admin', 'limited')
      expect((await gateway.ask(method, path, { token })).body.code).toBe('FORBIDDEN')
    },
  )

  it('is the same for HEAD as for GET', async () => {
    const answer = await fetch(`${gateway.url}/api/devices`, { method: 'HEAD' })
    expect(answer.status).toBe(401)
  })
})
