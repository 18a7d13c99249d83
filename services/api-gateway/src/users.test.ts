import { StoreRefused } from '@iot/ports'
import { until } from '@iot/testkit'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { type OpenGateway, openGateway, PASSWORD } from './testing/open-gateway.js'

const OTHER_PASSWORD = 'another long password'

let gateway: OpenGateway
let admin: string
beforeEach(async () => {
  gateway = await openGateway()
  admin = await gateway.tokenOf('admin')
})
afterEach(() => gateway.close())

function asAdmin(method: string, path: string, body?: object) {
  return gateway.ask(method, path, { token: admin, ...(body && { body }) })
}
async function make(more: object = {}) {
  const body = { username: 'Bea', password: PASSWORD, role: 'user', ...more }
  return (await asAdmin('POST', '/api/users', body)).body
}
async function logIn(username: string, password = PASSWORD) {
  const { status, body } = await gateway.ask('POST', '/api/auth/login', {
    body: { username, password, cookie: false },
  })
  return {
    status,
    code: body.code,
    token: body.accessToken,
    refreshToken: body.refreshToken,
    user: body.user,
  }
}
function refresh(refreshToken: string) {
  return gateway.ask('POST', '/api/auth/refresh', { body: { refreshToken } })
}
const askMe = (token: string) => gateway.ask('GET', '/api/auth/me', { token })

describe('users', () => {
  it('are made, shown, changed and removed', async () => {
    const made = await asAdmin('POST', '/api/users', {
      username: 'Bea',
      password: PASSWORD,
      role: 'operator',
      sites: ['Hà Nội', 'Hue'],
    })
    expect(made.status).toBe(201)
    expect(made.body).toEqual({
      id: expect.any(String),
      username: 'Bea',
      role: 'operator',
      sites: ['Hà Nội', 'Hue'],
      disabled: false,
      createdAt: new Date(gateway.clock.nowMs()).toISOString(),
    })
    const path = `/api/users/${made.body.id}`
    expect((await asAdmin('GET', path)).body).toEqual(made.body)
    const { sites: _, ...everywhere } = made.body
    expect((await asAdmin('PATCH', path, { role: 'user', sites: null })).body).toEqual({
      ...everywhere,
      role: 'user',
    })
    expect((await asAdmin('DELETE', path)).status).toBe(204)
    for (const [method, body] of [['GET'], ['PATCH', { disabled: true }], ['DELETE']] as const) {
      expect((await asAdmin(method, path, body)).body.code).toBe('NOT_FOUND')
    }
  })

  it('are listed in pages by name, without their passwords', async () => {
    for (const username of ['zoe', 'Bea', 'carl']) await make({ username })
    const first = await asAdmin('GET', '/api/users?limit=3')
    const rest = await asAdmin('GET', `/api/users?limit=3&cursor=${first.body.nextCursor}`)
    const all = [...first.body.items, ...rest.body.items]
    expect(all.map(({ username }) => username)).toEqual(['admin', 'Bea', 'carl', 'zoe'])
    expect(rest.body.nextCursor).toBeUndefined()
    expect(JSON.stringify(all)).not.toMatch(/password/i)
    expect((await asAdmin('GET', '/api/users?cursor=x')).body.code).toBe('BAD_CURSOR')
  })

  it.each([
    ['username', { username: 'no spaces' }],
    ['username', { username: 'x'.repeat(65) }],
    ['password', { password: 'too short' }],
    ['role', { role: 'owner' }],
    ['sites', { sites: [] }],
    ['sites', { sites: 'Hue' }],
    ['sites', { sites: ['Hue', 'Hue'] }],
    ['sites.0', { sites: [''] }],
    ['disabled', { disabled: true }],
  ])('are refused with a wrong %s, which is named: %j', async (field, more) => {
    const { status, body } = await asAdmin('POST', '/api/users', {
      username: 'Bea',
      password: PASSWORD,
      role: 'user',
      ...more,
    })
    expect(status).toBe(400)
    expect(body.errors.map((one: { field: string }) => one.field)).toContain(field)
  })

  it('refuse a name that is taken, and an empty change', async () => {
    const { id } = await make()
    const again = await asAdmin('POST', '/api/users', { username: 'bEA', password: PASSWORD, role: 'user' })
    expect(again.body.code).toBe('CONFLICT')
    expect((await asAdmin('PATCH', `/api/users/${id}`, {})).body.code).toBe('VALIDATION_FAILED')
    expect((await asAdmin('PATCH', `/api/users/${id}`, { username: 'x' })).body.code).toBe(
      'VALIDATION_FAILED',
    )
  })

  it('are refused with a text that the store can’t hold, and not as a fault of ours', async () => {
    gateway.users.update = async () => {
      throw new StoreRefused('a zero byte')
    }
    const { status, body } = await asAdmin('PATCH', '/api/users/any', { sites: ['a\u0000b'] })
    expect(status).toBe(400)
    expect(body.code).toBe('VALIDATION_FAILED')
  })

  it('keep one administrator who may log in', async () => {
    const { id } = (await gateway.users.findByUsername('admin'))!
    for (const change of [{ role: 'operator' }, { disabled: true }]) {
      const { status, body } = await asAdmin('PATCH', `/api/users/${id}`, change)
      expect(status).toBe(409)
      expect(body.code).toBe('LAST_ADMINISTRATOR')
    }
    expect((await asAdmin('DELETE', `/api/users/${id}`)).body.code).toBe('LAST_ADMINISTRATOR')
    await make({ role: 'admin' })
    expect((await asAdmin('DELETE', `/api/users/${id}`)).status).toBe(204)
    expect((await asAdmin('GET', '/api/users')).body.code).toBe('UNAUTHENTICATED')
  })
})

describe('a change of rights', () => {
  it('is in force with the next request; a refresh gets a token for it', async () => {
    const { id } = await make()
    const session = await logIn('bea')
    await asAdmin('PATCH', `/api/users/${id}`, { role: 'operator', sites: ['Hue'] })
    const stale = await askMe(session.token)
    expect(stale.status).toBe(401)
    expect(stale.body.code).toBe('TOKEN_EXPIRED')
    const { body } = await refresh(session.refreshToken)
    expect(body.user).toMatchObject({ role: 'operator', sites: ['Hue'] })
    expect((await askMe(body.accessToken)).body.user).toEqual(body.user)
    const verified = await gateway.tokens.verify(body.accessToken, gateway.clock.nowMs())
    expect(verified).toMatchObject({ claims: { role: 'operator', sites: ['Hue'], userVersion: 2 } })
  })

  it.each([
    ['disabled', { disabled: true }],
    ['given another password', { password: OTHER_PASSWORD }],
  ])('puts out who is %s', async (_, change) => {
    const { id } = await make()
    const session = await logIn('bea')
    await asAdmin('PATCH', `/api/users/${id}`, change)
    expect((await askMe(session.token)).body.code).toBe('UNAUTHENTICATED')
    expect((await refresh(session.refreshToken)).body.code).toBe('REFRESH_INVALID')
    expect((await logIn('bea')).code).toBe('BAD_CREDENTIALS')
  })

  it('lets in again who was disabled, with the password they had, and no session of before', async () => {
    const { id } = await make()
    const before = await logIn('bea')
    await asAdmin('PATCH', `/api/users/${id}`, { disabled: true })
    await asAdmin('PATCH', `/api/users/${id}`, { disabled: false })
    expect((await askMe(before.token)).body.code).toBe('UNAUTHENTICATED')
    const after = await logIn('bea')
    expect((await askMe(after.token)).status).toBe(200)
  })

  it('puts out who is removed, and not who gets their name', async () => {
    const { id } = await make()
    const before = await logIn('bea')
    await asAdmin('DELETE', `/api/users/${id}`)
    expect((await askMe(before.token)).body.code).toBe('UNAUTHENTICATED')
    expect((await refresh(before.refreshToken)).body.code).toBe('REFRESH_INVALID')
    await make()
    expect((await askMe((await logIn('bea')).token)).status).toBe(200)
  })

  it('takes nothing from the budget of the address where a refresh is all it takes', async () => {
    const limited = await openGateway({ environment: { RATE_LIMIT_MAX_REQUESTS: '2' } })
    const token = await limited.tokenOf('user')
    const { id } = (await limited.users.findByUsername('user'))!
    const outcome = await limited.users.update(id, { role: 'operator' })
    if (outcome.outcome === 'done') limited.rights.heed(outcome.rights!)
    for (let n = 0; n < 5; n++) {
      expect((await limited.ask('GET', '/api/devices', { token })).body.code).toBe('TOKEN_EXPIRED')
    }
    await limited.users.update(id, { disabled: true })
    await until('it is out', async () => {
      const { status } = await limited.ask('GET', '/api/devices', { token })
      return status === 429
    })
    await limited.close()
  })
})

describe('one’s own password', () => {
  const change = (token: string, more: object = {}) =>
    gateway.ask('POST', '/api/auth/password', {
      token,
      body: { currentPassword: PASSWORD, newPassword: OTHER_PASSWORD, ...more },
    })

  it('is changed by who knows it: all sessions end, and one begins here', async () => {
    await make()
    const here = await logIn('bea')
    const elsewhere = await logIn('bea')
    const { status, body, cookie } = await change(here.token)
    expect(status).toBe(200)
    expect(body.user).toEqual(here.user)
    expect(body.refreshToken).toBeUndefined()
    expect((await askMe(body.accessToken)).status).toBe(200)
    expect((await gateway.ask('POST', '/api/auth/refresh', { cookie: cookie! })).status).toBe(200)
    for (const { token, refreshToken } of [here, elsewhere]) {
      expect((await askMe(token)).body.code).toBe('UNAUTHENTICATED')
      expect((await refresh(refreshToken)).body.code).toBe('REFRESH_INVALID')
    }
    expect((await logIn('bea')).code).toBe('BAD_CREDENTIALS')
    expect((await logIn('bea', OTHER_PASSWORD)).status).toBe(200)
  })

  it('comes with the refresh token in the body for who keeps no cookies', async () => {
    await make()
    const { body, cookie } = await change((await logIn('bea')).token, { cookie: false })
    expect(cookie).toBeUndefined()
    expect((await refresh(body.refreshToken)).status).toBe(200)
  })

  it('stays where the current one is wrong; guesses are counted like logins', async () => {
    await make()
    const { token } = await logIn('bea')
    for (let n = 0; n < 10; n++) {
      const { status, body } = await change(token, { currentPassword: 'a guess' })
      expect(status).toBe(401)
      expect(body.code).toBe('BAD_CREDENTIALS')
    }
    expect((await change(token)).body.code).toBe('LOGIN_THROTTLED')
    expect((await askMe(token)).status).toBe(200)
  })

  it('has to be long enough', async () => {
    await make()
    const { body } = await change((await logIn('bea')).token, { newPassword: 'short' })
    expect(body.errors).toMatchObject([{ field: 'newPassword', message: expect.any(String) }])
  })
})
