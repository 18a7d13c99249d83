import type { LoginAnswer, SessionUser } from '@iot/contracts'
import { type ApiError, networkError, readProblem } from './api-error.js'
import { createGate, type Gate } from './gate.js'
import type { SessionTrace } from './session-trace.js'

export interface ApiRequest {
  /** below the API's base, beginning with a slash: `/devices` */
  path: string
  method?: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE'
  query?: Readonly<Record<string, string | number | boolean | undefined>>
  body?: unknown
  signal?: AbortSignal
  /** sent to its end even where the page is closed meanwhile */
  keepalive?: boolean
}

export type ApiResult<Data = unknown> =
  | { data: Data; error?: undefined }
  | { data?: undefined; error: ApiError }

/** REST with a session: the access token stays in this closure, never in storage or in the store. */
export interface Transport {
  /**
   * Never rejects. A 401 is answered by one refresh and one retry. When the session has ended, a request waits until
   * somebody has logged in again, and is sent then: what the page was doing goes on.
   */
  request<Data = unknown>(request: ApiRequest): Promise<ApiResult<Data>>
  /** An access token good for a while yet; `fresh` asks for a new one whatever its age. Undefined: the session is over. */
  accessToken(options?: { fresh?: boolean }): Promise<string | undefined>
  /** Takes the session out of the refresh cookie. Parallel calls share one request. */
  refresh(): Promise<ApiResult<LoginAnswer>>
  /** Begins a session with what login or set-up answered. */
  begin(answer: LoginAnswer): void
  /** Forgets the token. Requests that wait for a login are answered with their refusal. */
  end(): void
  /** Whether there may be a session to take up: false where nobody has ever logged in. */
  mayResume(): boolean
}

export interface TransportDeps {
  fetch: typeof globalThis.fetch
  /** `/api`, without a slash at the end */
  apiUrl: string
  nowMs?: () => number
  /** the refresh token was refused: log in again */
  onSessionEnded: () => void
  /** the session goes on, and this is who it is of: role and sites may be others than before */
  onRenewed?: (user: SessionUser) => void
  /** without one, a session is always possible */
  trace?: SessionTrace
}

/** A token that ends sooner than this is renewed before it is used. */
const RENEW_BEFORE_MS = 30_000
/** What begins or ends a session does not wait for one. */
const SESSION_PATH = /^\/(auth\/(login|refresh|logout)|setup)$/

export function createTransport({
  fetch,
  apiUrl,
  nowMs = Date.now,
  onSessionEnded,
  onRenewed,
  trace,
}: TransportDeps): Transport {
  let token: string | undefined
  let expiresAtMs = 0
  let refreshing: Promise<ApiResult<LoginAnswer>> | undefined
  /** closed from the session's end until somebody logs in again, or leaves */
  let ended: Gate | undefined

  async function send<Data>(request: ApiRequest, bearer: string | undefined): Promise<ApiResult<Data>> {
    try {
      const response = await fetch(urlOf(apiUrl, request), {
        method: request.method ?? 'GET',
        credentials: 'include',
        headers: {
          accept: 'application/json',
          ...(request.body !== undefined && { 'content-type': 'application/json' }),
          ...(bearer !== undefined && { authorization: `Bearer ${bearer}` }),
        },
        ...(request.body !== undefined && { body: JSON.stringify(request.body) }),
        ...(request.signal !== undefined && { signal: request.signal }),
        ...(request.keepalive !== undefined && { keepalive: request.keepalive }),
      })
      if (!response.ok) return { error: await readProblem(response) }
      const text = response.status === 204 ? '' : await response.text()
      return { data: (text === '' ? null : JSON.parse(text)) as Data }
    } catch (cause) {
      return { error: networkError(cause) }
    }
  }

  function begin(answer: LoginAnswer): void {
    token = answer.accessToken
    expiresAtMs = nowMs() + answer.expiresIn * 1_000
    trace?.leave()
    reopen()
  }

  function forget(): void {
    token = undefined
    expiresAtMs = 0
    trace?.remove()
  }

  function reopen(): void {
    ended?.open()
    ended = undefined
  }

  function refresh(): Promise<ApiResult<LoginAnswer>> {
    refreshing ??= renew().finally(() => {
      refreshing = undefined
    })
    return refreshing
  }

  async function renew(): Promise<ApiResult<LoginAnswer>> {
    const hadToken = token !== undefined
    const result = await send<LoginAnswer>({ path: '/auth/refresh', method: 'POST', body: {} }, undefined)
    if (result.data !== undefined) {
      begin(result.data)
      onRenewed?.(result.data.user)
    } else if (result.error.status === 401 || result.error.status === 403) {
      forget()
      if (hadToken) {
        ended = createGate()
        onSessionEnded()
      }
    }
    return result
  }

  return {
    begin,
    end() {
      forget()
      reopen()
    },
    refresh,
    mayResume: () => trace?.present() ?? true,

    async accessToken({ fresh = false } = {}) {
      if (token !== undefined && !fresh && expiresAtMs - nowMs() > RENEW_BEFORE_MS) return token
      await refresh()
      // The server could not be reached: an old token may still do, and its refusal is told apart.
      return token
    },

    async request<Data>(request: ApiRequest) {
      if (!SESSION_PATH.test(request.path)) await ended?.passed(request.signal)
      const used = token
      const first = await send<Data>(request, used)
      // A wrong password is no matter of the session.
      if (first.error?.status !== 401 || first.error.code === 'BAD_CREDENTIALS' || used === undefined)
        return first
      if (token === used) await refresh()
      await ended?.passed(request.signal)
      return token === undefined || token === used ? first : send<Data>(request, token)
    },
  }
}

function urlOf(apiUrl: string, { path, query = {} }: ApiRequest): string {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) search.set(name, String(value))
  }
  const text = search.toString()
  return `${apiUrl}${path}${text === '' ? '' : `?${text}`}`
}
