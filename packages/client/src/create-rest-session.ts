import type { LoginAnswer, Problem, Reading } from '@iot/contracts'

export interface RestSessionDeps {
  /** origin of the REST API: `https://dashboard.example.com` */
  url: string
  username: string
  password: string
  fetch?: typeof globalThis.fetch
}

/**
 * A login that lasts: for programs that have a password. Pages have their refresh token in a cookie instead. It is over
 * when a login is refused (another password, a user who is shut out) or after `logout`: from then on everything rejects
 * with `sessionEnded: true` without asking the server, whose count of failed logins would shut out the user's others.
 */
export interface RestSession {
  /** The access token in use; `fresh`: another one, by the refresh token, or by a new login where that has ended. */
  getToken(options?: { fresh: boolean }): Promise<string>
  /** The newest reading of every sensor that the user may see. */
  fetchLatest(): Promise<Reading[]>
  /** Any GET of the API: the body, or an error with the problem's `code` and `status`. */
  get<Body>(path: string): Promise<Body>
  logout(): Promise<void>
}

const PAGE = 10_000
/** A million sensors: beyond, what a poll shows is the first of them. */
const PAGES = 100

export function createRestSession(deps: RestSessionDeps): RestSession {
  const { url, username, password } = deps
  const fetch = deps.fetch ?? globalThis.fetch.bind(globalThis)
  let tokens: { access: string; refresh: string | undefined } | undefined
  /** why there will be no other token */
  let end: Error | undefined
  /** one at a time: who asks meanwhile waits for the same */
  let renewing: Promise<string> | undefined

  async function post(path: string, body: unknown): Promise<LoginAnswer> {
    const response = await fetch(url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    return bodyOf(response)
  }

  async function renew(): Promise<string> {
    const refreshToken = tokens?.refresh
    tokens = undefined
    const answer = refreshToken === undefined ? await login() : await refresh(refreshToken)
    tokens = { access: answer.accessToken, refresh: answer.refreshToken }
    return tokens.access
  }

  async function login(): Promise<LoginAnswer> {
    try {
      return await post('/api/auth/login', { username, password, cookie: false })
    } catch (error) {
      // Only what the server said of the password: busy or away, it may say another thing the next time.
      if (isRefusal(error)) end = Object.assign(error, { sessionEnded: true })
      throw error
    }
  }

  async function refresh(refreshToken: string): Promise<LoginAnswer> {
    try {
      return await post('/api/auth/refresh', { refreshToken })
    } catch (error) {
      if ((error as RestError).status === 401) return login()
      tokens = { access: '', refresh: refreshToken }
      throw error
    }
  }

  function getToken({ fresh } = { fresh: false }): Promise<string> {
    if (end) return Promise.reject(end)
    if (tokens && tokens.access !== '' && !fresh) return Promise.resolve(tokens.access)
    renewing ??= renew().finally(() => {
      renewing = undefined
    })
    return renewing
  }

  async function ask<Body>(path: string, fresh: boolean): Promise<Body> {
    const authorization = `Bearer ${await getToken({ fresh })}`
    return bodyOf(await fetch(url + path, { headers: { authorization } }))
  }

  async function get<Body>(path: string): Promise<Body> {
    try {
      return await ask(path, false)
    } catch (error) {
      if ((error as RestError).status !== 401) throw error
      return ask(path, true)
    }
  }

  return {
    getToken,
    get,
    async fetchLatest() {
      const readings: Reading[] = []
      let cursor: string | undefined
      for (let page = 0; page < PAGES; page += 1) {
        const after = cursor === undefined ? '' : `&cursor=${encodeURIComponent(cursor)}`
        const answer = await get<{ items: Reading[]; nextCursor?: string }>(
          `/api/sensors/latest?limit=${PAGE}${after}`,
        )
        readings.push(...answer.items)
        cursor = answer.nextCursor
        if (cursor === undefined) break
      }
      return readings
    },
    async logout() {
      const refreshToken = tokens?.refresh
      tokens = undefined
      end = Object.assign(new Error('This session was logged out'), { sessionEnded: true })
      if (refreshToken !== undefined) await post('/api/auth/logout', { refreshToken })
    },
  }
}

function isRefusal(error: unknown): error is RestError {
  const { status } = error as Partial<RestError>
  return status === 401 || status === 403
}

interface RestError extends Error {
  readonly status: number
  readonly code: string
}

async function bodyOf<Body>(response: Response): Promise<Body> {
  const text = await response.text()
  if (response.ok) return (text === '' ? undefined : JSON.parse(text)) as Body
  const isProblem = response.headers.get('content-type')?.includes('json')
  const problem: Partial<Problem> = isProblem ? JSON.parse(text) : {}
  const message = problem.detail ?? problem.title ?? `The API answered ${response.status}`
  throw Object.assign(new Error(message), { status: response.status, code: problem.code ?? 'UNREADABLE' })
}
