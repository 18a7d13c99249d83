import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { type OpenGateway, openGateway, PASSWORD, quickHasher } from './testing/open-gateway.js'

let gateway: OpenGateway

beforeEach(async () => {
  gateway = await openGateway({ environment: { TRUST_PROXY: '127.0.0.1' } })
  await gateway.addUser('Anna', 'operator')
})
afterEach(() => gateway.close())

function logIn(more: object = {}, headers: Record<string, string> = {}) {
  return gateway.ask('POST', '/api/auth/login', {
    body: { username: 'anna', password: PASSWORD, ...more },
    headers,
  })
}
function refresh(cookie: string | undefined, headers: Record<string, string> = {}) {
  return gateway.ask('POST', '/api/auth/refresh', { cookie: cookie ?? '', body: {}, headers })
}

describe('logging in', () => {
  it('answers an access token, whose it is, and a cookie that scripts and other sites can’t use', async () => {
    const { status, body, headers } = await logIn()
    expect(status).toBe(200)
    expect(body).toMatchObject({ expiresIn: 900, user: { username: 'Anna', role: 'operator' } })
    expect(body.refreshToken).toBeUndefined()
    const cookie = headers.getSetCookie().join()
    for (const attribute of ['HttpOnly', 'SameSite=Strict', 'Path=/api/auth', 'Max-Age=2592000']) {
      expect(cookie).toContain(attribute)
    }
    expect(cookie).not.toContain('Secure')
    expect(headers.get('cache-control')).toBe('no-store')
  })

  it('marks the cookie Secure when a trusted proxy took the request by TLS', async () => {
    const { headers } = await logIn({}, { 'x-forwarded-proto': 'https' })
    expect(headers.getSetCookie().join()).toContain('Secure')
  })

  it('gives the refresh token in the body to who keeps no cookies, and takes it there', async () => {
    const { body, cookie } = await logIn({ cookie: false })
    expect(cookie).toBeUndefined()
    const answer = await gateway.ask('POST', '/api/auth/refresh', {
      body: { refreshToken: body.refreshToken },
    })
    expect(answer.status).toBe(200)
    expect(answer.cookie).toBeUndefined()
    expect(answer.body.refreshToken).not.toBe(body.refreshToken)
  })

  it('tells an unknown user nothing else than a wrong password', async () => {
    const wrong = await logIn({ password: 'not the password' })
    const unknown = await logIn({ username: 'nobody' })
    for (const { status, body } of [wrong, unknown]) {
      expect(status).toBe(401)
      expect(body.code).toBe('BAD_CREDENTIALS')
    }
    expect({ ...wrong.body, requestId: '' }).toEqual({ ...unknown.body, requestId: '' })
  })

  it('does for an unknown user the work that a wrong password takes', async () => {
    const checked: (string | undefined)[] = []
    const watched = await openGateway({
      deps: {
        passwords: {
          ...quickHasher,
          async verify(password, hash) {
            checked.push(hash)
            return quickHasher.verify(password, hash)
          },
        },
      },
    })
    await watched.ask('POST', '/api/auth/login', { body: { username: 'nobody', password: PASSWORD } })
    await watched.close()
    expect(checked).toEqual([undefined])
  })

  it('is known to /me by the access token', async () => {
    const { body } = await logIn()
    const me = await gateway.ask('GET', '/api/auth/me', { token: body.accessToken })
    expect(me.body).toEqual({ user: body.user })
  })

  it('lasts as long as the access token says', async () => {
    const { body } = await logIn()
    gateway.clock.advance(900_001)
    const me = await gateway.ask('GET', '/api/auth/me', { token: body.accessToken })
    expect(me.status).toBe(401)
    expect(me.body.code).toBe('TOKEN_EXPIRED')
    expect(me.headers.get('www-authenticate')).toBe('Bearer')
  })
})

describe('refreshing', () => {
  it('swaps the token, and the swapped one works', async () => {
    const first = await logIn()
    const second = await refresh(first.cookie)
    expect(second.status).toBe(200)
    expect(second.cookie).not.toBe(first.cookie)
    expect((await refresh(second.cookie)).status).toBe(200)
  })

  it('needs no body', async () => {
    const { cookie } = await logIn()
    const answer = await gateway.ask('POST', '/api/auth/refresh', { cookie: cookie! })
    expect(answer.status).toBe(200)
  })

  it('lets parallel tabs each go on with a token of their own', async () => {
    const { cookie } = await logIn()
    const tabs = await Promise.all(Array.from({ length: 5 }, () => refresh(cookie)))
    expect(tabs.map((tab) => tab.status)).toEqual([200, 200, 200, 200, 200])
    expect(new Set(tabs.map((tab) => tab.cookie)).size).toBe(5)
    gateway.clock.advance(60_000)
    for (const tab of tabs) expect((await refresh(tab.cookie)).status).toBe(200)
  })

  it('ends the whole session when a token is shown again after the grace', async () => {
    const first = await logIn()
    const second = await refresh(first.cookie)
    gateway.clock.advance(10_001)
    const again = await refresh(first.cookie)
    expect(again.status).toBe(401)
    expect(again.body.code).toBe('REFRESH_INVALID')
    expect((await refresh(second.cookie)).status).toBe(401)
  })

  it('ends with the session’s lifetime', async () => {
    const { cookie } = await logIn()
    gateway.clock.advance(30 * 86_400_000 + 1)
    expect((await refresh(cookie)).status).toBe(401)
  })

  it('refuses what never was a token', async () => {
    for (const cookie of ['', 'iot_refresh=', 'iot_refresh=%00', `iot_refresh=${'x'.repeat(4_000)}`]) {
      expect((await refresh(cookie)).body.code).toBe('REFRESH_INVALID')
    }
  })

  it.each<Record<string, string>>([
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
  ])('refuses the cookie from another site’s page: %j', async (headers) => {
    const { cookie } = await logIn()
    const answer = await refresh(cookie, headers)
    expect(answer.status).toBe(403)
    expect(answer.body.code).toBe('ORIGIN_REFUSED')
    expect((await refresh(cookie)).status).toBe(200)
  })

  it('takes the cookie from its own pages', async () => {
    const { cookie } = await logIn()
    const answer = await refresh(cookie, { origin: gateway.url, 'sec-fetch-site': 'same-origin' })
    expect(answer.status).toBe(200)
  })

  it('takes no form', async () => {
    const { cookie } = await logIn()
    const answer = await gateway.ask('POST', '/api/auth/refresh', {
      cookie: cookie!,
      body: 'a=b',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    })
    expect(answer.status).toBe(415)
    expect(answer.body.code).toBe('UNSUPPORTED_MEDIA_TYPE')
  })
})

describe('logging out', () => {
  it('ends the session for all its tokens and takes the cookie away', async () => {
    const first = await logIn()
    const second = await refresh(first.cookie)
    const out = await gateway.ask('POST', '/api/auth/logout', { cookie: first.cookie! })
    expect(out.status).toBe(204)
    expect(out.cookie).toBe('')
    expect((await refresh(second.cookie)).status).toBe(401)
  })

  it('is no error without a session', async () => {
    expect((await gateway.ask('POST', '/api/auth/logout')).status).toBe(204)
  })

  it('is refused to another site’s page', async () => {
    const { cookie } = await logIn()
    const out = await gateway.ask('POST', '/api/auth/logout', {
      cookie: cookie!,
      headers: { origin: 'https://evil.example' },
    })
    expect(out.status).toBe(403)
    expect((await refresh(cookie)).status).toBe(200)
  })
})
