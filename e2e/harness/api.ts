import type { System } from './system.js'

export const ADMIN = { username: 'admin', password: 'a password of the tests' }

/** REST of a system, signed in. */
export interface Api {
  readonly token: string
  get<Body>(path: string): Promise<Body>
  send<Body>(method: string, path: string, body?: unknown): Promise<Body>
}

/** Makes the first administrator by the printed link, and signs in as them. */
export async function setUp(system: Pick<System, 'url' | 'setupLink'>): Promise<Api> {
  const token = new URLSearchParams((await system.setupLink()).hash.slice(1)).get('token')
  await request(system.url, '/api/setup', { method: 'POST', body: { token, ...ADMIN } })
  return logIn(system)
}

export async function logIn(system: Pick<System, 'url'>, credentials = ADMIN): Promise<Api> {
  const { accessToken } = await request<{ accessToken: string }>(system.url, '/api/auth/login', {
    method: 'POST',
    body: { ...credentials, cookie: false },
  })
  return {
    token: accessToken,
    get: (path) => request(system.url, path, { token: accessToken }),
    send: (method, path, body) => request(system.url, path, { method, body, token: accessToken }),
  }
}

async function request<Body>(
  url: string,
  path: string,
  options: { method?: string; body?: unknown; token?: string },
): Promise<Body> {
  const response = await fetch(url + path, {
    method: options.method ?? 'GET',
    headers: {
      ...(options.body !== undefined && { 'content-type': 'application/json' }),
      ...(options.token !== undefined && { authorization: `Bearer ${options.token}` }),
    },
    ...(options.body !== undefined && { body: JSON.stringify(options.body) }),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${options.method ?? 'GET'} ${path}: ${response.status} ${text}`)
  return (text === '' ? undefined : JSON.parse(text)) as Body
}

/** Every stored reading of a device in a range, page by page. */
export async function readAll(
  api: Api,
  deviceId: string,
  range: { fromMs: number; toMs: number },
): Promise<{ sensorType: string; timestamp: string; value: number }[]> {
  const readings: { sensorType: string; timestamp: string; value: number }[] = []
  const base = `/api/devices/${deviceId}/readings?limit=1000&from=${new Date(range.fromMs).toISOString()}&to=${new Date(range.toMs).toISOString()}`
  let cursor: string | undefined
  do {
    const page: { items: typeof readings; nextCursor?: string } = await api.get(
      base + (cursor === undefined ? '' : `&cursor=${encodeURIComponent(cursor)}`),
    )
    readings.push(...page.items)
    cursor = page.nextCursor
  } while (cursor !== undefined)
  return readings
}
