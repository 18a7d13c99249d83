import { until } from '@iot/testkit'
import { describe, expect, it } from '@jest/globals'
import { storedSessionTrace } from './session-trace.js'
import { createTransport } from './transport.js'

interface Call {
  path: string
  bearer: string | null
}

function setUp(answers: (call: Call) => Response | Promise<Response>) {
  const calls: Call[] = []
  const ended = { times: 0 }
  const renewed: string[] = []
  let nowMs = 0
  const transport = createTransport({
    apiUrl: '/api',
    nowMs: () => nowMs,
    onSessionEnded: () => {
      ended.times += 1
    },
    onRenewed: (renewedUser) => renewed.push(renewedUser.role),
    fetch: async (input, init) => {
      const call = { path: String(input), bearer: new Headers(init?.headers).get('authorization') }
      calls.push(call)
      return answers(call)
    },
  })
  const turn = (ms: number) => {
    nowMs += ms
  }
  return { transport, calls, ended, renewed, turn }
}

const user = { id: 'u', username: 'linh', role: 'admin' as const }
const json = (body: unknown, status = 200) => new Response(JSON.stringify(body), { status })
const session = (accessToken: string) => ({ accessToken, expiresIn: 900, user })
const problem = (status: number, code: string) =>
  json({ type: 'about:blank', title: 'No', status, code, requestId: 'r1' }, status)

describe('requests over REST', () => {
  it('are sent again with a new token when the old one is refused, after one refresh for all of them', async () => {
    let refreshes = 0
    const { transport, calls } = setUp(({ path, bearer }) => {
      if (path === '/api/auth/refresh') {
        refreshes += 1
        return json(session('new'))
      }
      return bearer === 'Bearer new' ? json({ items: [] }) : problem(401, 'TOKEN_EXPIRED')
    })
    transport.begin(session('old'))
    const results = await Promise.all([1, 2, 3].map(() => transport.request({ path: '/devices' })))
    expect(results).toEqual([1, 2, 3].map(() => ({ data: { items: [] } })))
    expect(refreshes).toBe(1)
    expect(calls).toHaveLength(7)
  })

  it('wait when the refresh is refused too, and are sent again when somebody has logged in', async () => {
    const { transport, ended, calls } = setUp(({ bearer }) =>
      bearer === 'Bearer new' ? json({ items: [] }) : problem(401, 'REFRESH_INVALID'),
    )
    transport.begin(session('old'))
    const before = transport.request({ path: '/devices' })
    await until('the session has ended', () => ended.times === 1)
    const meanwhile = transport.request({ path: '/users' })
    expect(await transport.accessToken()).toBeUndefined()
    const asked = calls.length
    transport.begin(session('new'))
    expect(await Promise.all([before, meanwhile])).toEqual([{ data: { items: [] } }, { data: { items: [] } }])
    expect(calls.slice(asked).map(({ path }) => path)).toEqual(['/api/devices', '/api/users'])
    expect(ended.times).toBe(1)
  })

  it('that wait for a login are refused when the person leaves, and let go when nobody waits for them', async () => {
    const { transport, ended } = setUp(() => problem(401, 'REFRESH_INVALID'))
    transport.begin(session('old'))
    const request = transport.request({ path: '/devices' })
    await until('the session has ended', () => ended.times === 1)
    const givenUp = new AbortController()
    const unwanted = transport.request({ path: '/devices', signal: givenUp.signal })
    givenUp.abort()
    expect((await unwanted).error).toMatchObject({ status: 401 })
    transport.end()
    expect((await request).error).toMatchObject({ status: 401 })
  })

  it('of a login never wait for one, and a wrong password refreshes nothing', async () => {
    const { transport, ended, calls } = setUp(({ path }) =>
      path === '/api/auth/login' || path === '/api/auth/password'
        ? problem(401, 'BAD_CREDENTIALS')
        : problem(401, 'REFRESH_INVALID'),
    )
    transport.begin(session('old'))
    expect((await transport.request({ path: '/auth/password', method: 'POST' })).error).toMatchObject({
      code: 'BAD_CREDENTIALS',
    })
    expect(calls).toHaveLength(1)
    void transport.request({ path: '/devices' })
    await until('the session has ended', () => ended.times === 1)
    const login = await transport.request({ path: '/auth/login', method: 'POST' })
    expect(login.error).toMatchObject({ code: 'BAD_CREDENTIALS' })
    transport.end()
  })

  it('tell who the session is of whenever it is renewed: a changed role is known with the new token', async () => {
    const { transport, renewed } = setUp(() =>
      json({ ...session('new'), user: { ...user, role: 'operator' } }),
    )
    transport.begin(session('old'))
    expect(await transport.accessToken({ fresh: true })).toBe('new')
    expect(renewed).toEqual(['operator'])
  })

  it('keep the session when the server is only away', async () => {
    const { transport, ended, turn } = setUp(() => {
      throw new TypeError('Failed to fetch')
    })
    transport.begin(session('old'))
    turn(880_000)
    expect(await transport.accessToken()).toBe('old')
    expect(ended.times).toBe(0)
    expect((await transport.request({ path: '/devices' })).error).toMatchObject({
      code: 'NETWORK',
      status: 0,
    })
  })

  it('renew a token that is about to end, and use a good one as it is', async () => {
    const { transport, calls, turn } = setUp(() => json(session('new')))
    transport.begin(session('old'))
    expect(await transport.accessToken()).toBe('old')
    turn(871_000)
    expect(await transport.accessToken()).toBe('new')
    expect(calls).toHaveLength(1)
  })

  it('tell an error by its code and request id, and a page that is no problem+json by its status', async () => {
    const { transport } = setUp(({ path }) =>
      path === '/api/a'
        ? problem(403, 'FORBIDDEN')
        : new Response('<html>', { status: 502, headers: { 'retry-after': '3' } }),
    )
    expect((await transport.request({ path: '/a' })).error).toMatchObject({
      code: 'FORBIDDEN',
      requestId: 'r1',
    })
    expect((await transport.request({ path: '/b' })).error).toMatchObject({
      code: 'UNREADABLE',
      status: 502,
      retryAfterMs: 3_000,
    })
  })
})

describe('the trace of a session', () => {
  function fakeStorage(): Storage {
    const items = new Map<string, string>()
    return {
      getItem: (key: string) => items.get(key) ?? null,
      setItem: (key: string, value: string) => void items.set(key, value),
      removeItem: (key: string) => void items.delete(key),
    } as Storage
  }

  it('is there from a login to its end, over reloads, and keeps a first visitor from asking for a session', () => {
    const storage = fakeStorage()
    const open = () =>
      createTransport({
        apiUrl: '/api',
        fetch: async () => json({}),
        onSessionEnded: () => undefined,
        trace: storedSessionTrace(() => storage),
      })
    const transport = open()
    expect(transport.mayResume()).toBe(false)
    transport.begin(session('one'))
    expect(open().mayResume()).toBe(true)
    transport.end()
    expect(open().mayResume()).toBe(false)
  })

  it('is always possible where storage is refused', () => {
    const trace = storedSessionTrace(() => {
      throw new Error('refused')
    })
    trace.leave()
    expect(trace.present()).toBe(true)
  })
})
