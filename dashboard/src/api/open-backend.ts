import type { LiveClientDeps } from '@iot/client'
import type { DashboardConfig, Reading } from '@iot/contracts'
import { lazyLiveFeed } from './lazy-live-feed.js'
import type { LiveFeed } from './live-feed.js'
import { type SessionTrace, storedSessionTrace } from './session-trace.js'
import type { Transport } from './transport.js'

export interface Backend {
  fetch: typeof globalThis.fetch
  config: DashboardConfig
  trace?: SessionTrace
  openFeed(transport: Transport): LiveFeed
}

/** Where this build gets its data: the origin that served it, or the mock. */
export async function openBackend(): Promise<Backend> {
  if (import.meta.env.VITE_API === 'mock') {
    const { openMock } = await import('./open-mock.js')
    const mock = openMock(location.search)
    return { ...mock, openFeed: () => mock.feed }
  }
  const config = await readConfig()
  return {
    fetch: (input, init) => fetch(input, init),
    config,
    trace: storedSessionTrace(() => localStorage),
    openFeed: (transport) => lazyLiveFeed(() => openSockets(config, transport)),
  }
}

/** The sockets' code is fetched beside the first paint, not before it. */
async function openSockets(config: DashboardConfig, transport: Transport): Promise<LiveFeed> {
  const { createClient } = await import('@iot/client')
  const deps: LiveClientDeps = {
    url: config.socketUrl === '' ? location.origin : config.socketUrl,
    path: config.socketPath,
    getToken: (options) => transport.accessToken(options),
    fetchLatest: () => latestOfAll(transport),
  }
  return createClient(deps)
}

const LATEST_LIMIT = 1_000
/** 50 000 sensors: beyond, a poll shows the first of them. */
const LATEST_PAGES = 50

async function latestOfAll(transport: Transport): Promise<Reading[]> {
  const readings: Reading[] = []
  let cursor: string | undefined
  for (let page = 0; page < LATEST_PAGES; page += 1) {
    const result = await transport.request<{ items: Reading[]; nextCursor?: string }>({
      path: '/sensors/latest',
      query: { limit: LATEST_LIMIT, ...(cursor !== undefined && { cursor }) },
    })
    if (result.error !== undefined) throw new Error(result.error.title)
    readings.push(...result.data.items)
    cursor = result.data.nextCursor
    if (cursor === undefined) break
  }
  return readings
}

/** Asked of the page's own origin; without an answer the build's defaults hold. */
async function readConfig(): Promise<DashboardConfig> {
  const defaults: DashboardConfig = {
    socketUrl: import.meta.env.VITE_WS_URL ?? '',
    socketPath: '/socket.io',
    apiUrl: import.meta.env.VITE_API_URL ?? '/api',
    version: '',
    mqtt: { port: 1883 },
    demo: false,
  }
  try {
    const response = await fetch('/config.json', { headers: { accept: 'application/json' } })
    if (!response.ok) return defaults
    const served = (await response.json()) as Partial<DashboardConfig>
    return {
      ...defaults,
      ...served,
      socketUrl: served.socketUrl || defaults.socketUrl,
      apiUrl: served.apiUrl || defaults.apiUrl,
    }
  } catch {
    return defaults
  }
}
