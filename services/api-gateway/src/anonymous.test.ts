import { readConfig, StartError } from '@iot/runtime'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { openingOf } from './testing/alert-world.js'
import { contracts, type OpenGateway, openGateway } from './testing/open-gateway.js'

let gateway: OpenGateway
let ruleId: string
beforeAll(async () => {
  gateway = await openGateway({
    environment: { ANONYMOUS_ROLE: 'user', RATE_LIMIT_MAX_REQUESTS: '1000', TRUST_PROXY: '127.0.0.1' },
  })
  await gateway.devices.create({ deviceId: 'd1' })
  await gateway.alerts.apply([openingOf('a1', { deviceId: 'd1' })])
  const rule = { name: 'Hot', sensorType: 't', operator: '>', value: 1, severity: 'warning' } as const
  ruleId = (await gateway.rules.create(rule, 'anna'))!.id
})
afterAll(() => gateway.close())

const pathOf = (pattern: string) =>
  pattern
    .replace('{deviceId}', 'd1')
    .replace('/alerts/{id}', '/alerts/a1')
    .replace('/alert-rules/{id}', `/alert-rules/${ruleId}`)
    .replace(/\{\w+\}/g, 'none')
const named = contracts.map((contract) => ({ key: `${contract.method} ${contract.path}`, ...contract }))
const watched = named.filter(({ access, method }) => access === 'user' && method === 'GET')
const closed = named.filter((contract) => contract.access !== 'open' && !watched.includes(contract))

describe('who has no token, where ANONYMOUS_ROLE is user', () => {
  it.each(watched)('is answered like a user by $key', async ({ path, method }) => {
    const anonymous = await gateway.ask(method, pathOf(path))
    expect(anonymous.status).toBe(200)
    const user = await gateway.ask(method, pathOf(path), { token: await gateway.tokenOf('user') })
    expect(Object.keys(anonymous.body)).toEqual(Object.keys(user.body))
  })

  it.each(closed)('is let into $key by nothing but a login', async ({ path, method }) => {
    const { status, body } = await gateway.ask(method, pathOf(path), {
      ...(method !== 'GET' && { body: {} }),
    })
    expect(status).toBe(401)
    expect(body.code).toBe('UNAUTHENTICATED')
  })

  it('has no name, and no notices', async () => {
    const me = await gateway.ask('GET', '/api/auth/me')
    expect(me.body).toEqual({ user: { id: 'anonymous', username: '', role: 'user' } })
    expect((await gateway.ask('GET', '/api/notifications')).body.items).toEqual([])
  })

  it('is told where a token is no good, rather than taken for nobody', async () => {
    const token = await gateway.tokenOf('user')
    for (const bad of ['nonsense', `${token}x`]) {
      expect((await gateway.ask('GET', '/api/devices', { token: bad })).body.code).toBe('UNAUTHENTICATED')
    }
    const basic = await gateway.ask('GET', '/api/devices', { headers: { authorization: 'Basic YTpi' } })
    expect(basic.status).toBe(401)
  })

  it('uses up the budget of the address, and of no other', async () => {
    const limited = await openGateway({
      environment: { ANONYMOUS_ROLE: 'user', RATE_LIMIT_MAX_REQUESTS: '3', TRUST_PROXY: '127.0.0.1' },
    })
    const from = (address: string) =>
      limited.ask('GET', '/api/devices', { headers: { 'x-forwarded-for': address } })
    for (let n = 0; n < 3; n++) expect((await from('192.0.2.1')).status).toBe(200)
    const refused = await from('192.0.2.1')
    expect(refused.body.code).toBe('RATE_LIMITED')
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    expect((await from('192.0.2.2')).status).toBe(200)
    await limited.close()
  })
})

describe('ANONYMOUS_ROLE', () => {
  it.each(['admin', 'operator', 'User', 'none'])('is not %s: the start is refused', (role) => {
    try {
      readConfig(['ANONYMOUS_ROLE'], { ANONYMOUS_ROLE: role })
      throw new Error('was taken')
    } catch (error) {
      expect(error).toBeInstanceOf(StartError)
      expect((error as StartError).exitCode).toBe(78)
      expect((error as StartError).message).toMatch(/ANONYMOUS_ROLE.*user/)
    }
  })
})
