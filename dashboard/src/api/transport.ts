import type { LoginAnswer } from '@iot/contracts'
import { type ApiError, networkError, readProblem } from './api-error.js'
import type { SessionTrace } from './session-trace.js'

export interface ApiRequest {
  /** below the API's base, beginning with a slash: `/devices` */
  path: string
  method?: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE'
  query?: Readonly<Record<string, string | number | boolean | undefined>>
  body?: unknown
  signal?: AbortSignal
}

export type ApiResult<Data = unknown> =
  | { data: Data; error?: undefined }
  | { data?: undefined; error: ApiError }

/** REST with a session: the access token stays in this closure, never in storage or in the store. */
export interface Transport {
  /** Never rejects. A 401 is answered by one refresh and one retry. */
  request<Data = unknown>(request: ApiRequest): Promise<ApiResult<Data>>
  /** An access token good for a while yet; `fresh` asks for a new one whatever its age. Undefined: the session is over. */
  accessToken(options?: { fresh?: boolean }): Promise<string | undefined>
  /** Takes the session out of the refresh cookie. Parallel calls share one request. */
  refresh(): Promise<ApiResult<LoginAnswer>>
  /** Begins a session with what login or set-up answered. */
  begin(answer: LoginAnswer): void
  /** Forgets the token. */
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
  /** without one, a session is always possible */
  trace?: SessionTrace
}

/** A token that ends sooner than this is renewed before it is used. */
const RENEW_BEFORE_MS = 30_000

export function createTransport({
  fetch,
  apiUrl,
  nowMs = Date.now,
  onSessionEnded,
  trace,
}: TransportDeps): Transport {
  let token: string | undefined
  let expiresAtMs = 0
  let refreshing: Promise<ApiResult<LoginAnswer>> | undefined

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
  }

  function end(): void {
    token = undefined
    expiresAtMs = 0
    trace?.remove()
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
    if (result.data !== undefined) begin(result.data)
    else if (result.error.status === 401 || result.error.status === 403) {
      end()
      if (hadToken) onSessionEnded()
    }
    return result
  }

  return {
    begin,
    end,
    refresh,
    mayResume: () => trace?.present() ?? true,

    async accessToken({ fresh = false } = {}) {
      if (token !== undefined && !fresh && expiresAtMs - nowMs() > RENEW_BEFORE_MS) return token
      await refresh()
      // The server could not be reached: an old token may still do, and its refusal is told apart.
      return token
    },

    async request<Data>(request: ApiRequest) {
      const used = token
      const first = await send<Data>(request, used)
      if (first.error?.status !== 401 || used === undefined) return first
      if (token === used) await refresh()
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
