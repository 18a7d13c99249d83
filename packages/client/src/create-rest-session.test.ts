import { describe, expect, it } from '@jest/globals'
import { createRestSession } from './create-rest-session.js'
import { aReading } from './fake-server.js'

interface Asked {
  path: string
  body?: Record<string, unknown>
  authorization?: string
}

/** An API that knows one user, whose access tokens may be ended. */
function setUp() {
  const asked: Asked[] = []
  const api = { access: 0, refresh: 0, refreshWorks: true, isAway: false }
  const answer = (status: number, body: unknown) =>
    new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json' } })
  const tokens = () => {
    api.access += 1
    api.refresh += 1
    return answer(200, { accessToken: `access ${api.access}`, refreshToken: `refresh ${api.refresh}` })
  }
  const fetch = (async (url: string, init: RequestInit = {}) => {
    const path = url.slice('http://here'.length)
    const authorization = new Headers(init.headers).get('authorization') ?? undefined
    const body = init.body === undefined ? undefined : JSON.parse(init.body as string)
    asked.push({ path, ...(body && { body }), ...(authorization && { authorization }) })
    if (api.isAway) throw new TypeError('fetch failed')
    if (path === '/api/auth/login') {
      return body.password === 'right' ? tokens() : answer(401, { code: 'BAD_CREDENTIALS', title: 'Wrong' })
    }
    if (path === '/api/auth/refresh') {
      return api.refreshWorks ? tokens() : answer(401, { code: 'REFRESH_INVALID', title: 'Ended' })
    }
    if (path === '/api/auth/logout') return new Response(null, { status: 204 })
    if (authorization !== `Bearer access ${api.access}`)
      return answer(401, { code: 'TOKEN_EXPIRED', title: 'Old' })
    if (path.includes('cursor=next%2F2')) return answer(200, { items: [aReading('b')] })
    return answer(200, { items: [aReading('a')], nextCursor: 'next/2' })
  }) as typeof globalThis.fetch
  const session = (password = 'right') =>
    createRestSession({ url: 'http://here', username: 'ada', password, fetch })
  return { asked, api, session }
}

describe('a session over REST', () => {
  it('logs in once, however many ask at the same time', async () => {
    const { asked, session } = setUp()
    const ada = session()
    expect(await Promise.all([ada.getToken(), ada.getToken()])).toEqual(['access 1', 'access 1'])
    expect(await ada.getToken({ fresh: false })).toBe('access 1')
    expect(asked).toEqual([
      { path: '/api/auth/login', body: { username: 'ada', password: 'right', cookie: false } },
    ])
  })

  it('refreshes when a fresh token is wanted, and logs in again where the session has ended', async () => {
    const { asked, api, session } = setUp()
    const ada = session()
    await ada.getToken()
    expect(await ada.getToken({ fresh: true })).toBe('access 2')
    expect(asked.at(-1)).toEqual({ path: '/api/auth/refresh', body: { refreshToken: 'refresh 1' } })
    api.refreshWorks = false
    expect(await ada.getToken({ fresh: true })).toBe('access 3')
    expect(asked.at(-1)?.path).toBe('/api/auth/login')
  })

  it('keeps its refresh token while the API is away', async () => {
    const { asked, api, session } = setUp()
    const ada = session()
    await ada.getToken()
    api.isAway = true
    await expect(ada.getToken({ fresh: true })).rejects.toThrow('fetch failed')
    api.isAway = false
    expect(await ada.getToken()).toBe('access 2')
    expect(asked.at(-1)).toEqual({ path: '/api/auth/refresh', body: { refreshToken: 'refresh 1' } })
  })

  it('says why a login is refused, and does not ask again', async () => {
    const { asked, session } = setUp()
    const ada = session('wrong')
    const refusal = { message: 'Wrong', code: 'BAD_CREDENTIALS', status: 401, sessionEnded: true }
    await expect(ada.getToken()).rejects.toMatchObject(refusal)
    await expect(ada.getToken({ fresh: true })).rejects.toMatchObject(refusal)
    await expect(ada.fetchLatest()).rejects.toMatchObject(refusal)
    expect(asked).toHaveLength(1)
  })

  it('fetches every page of the latest readings, with a new token where the old one has ended', async () => {
    const { api, session } = setUp()
    const ada = session()
    await ada.getToken()
    api.access += 1
    const devices = (await ada.fetchLatest()).map(({ deviceId }) => deviceId)
    expect(devices).toEqual(['a', 'b'])
  })

  it('ends at the server too', async () => {
    const { asked, session } = setUp()
    const ada = session()
    await ada.getToken()
    await ada.logout()
    expect(asked.at(-1)).toEqual({ path: '/api/auth/logout', body: { refreshToken: 'refresh 1' } })
    await expect(ada.getToken()).rejects.toMatchObject({ sessionEnded: true })
    expect(asked).toHaveLength(2)
  })
})
