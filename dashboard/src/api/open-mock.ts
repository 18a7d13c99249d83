import type { DashboardConfig } from '@iot/contracts'
import type { LiveFeed } from './live-feed.js'
import { createMockAlerts } from './mock-alerts.js'
import { createMockChannels } from './mock-channels.js'
import { createMockFetch } from './mock-fetch.js'
import { createMockLiveFeed } from './mock-live-feed.js'
import { createMockOffice } from './mock-office.js'
import { createMockRules } from './mock-rules.js'
import { createMockWorld, MOCK_SCENES } from './mock-world.js'

/** The whole page without a backend; `?mock=` in the address chooses the scene. */
export function openMock(search: string): { fetch: typeof fetch; feed: LiveFeed; config: DashboardConfig } {
  const wanted = new URLSearchParams(search).get('mock')
  const scene = MOCK_SCENES.find((each) => each === wanted) ?? 'fleet'
  const world = createMockWorld(scene === 'many' ? 10_000 : scene === 'empty' ? 0 : 50, Date.now())
  const office = createMockOffice({ scene, nowMs: Date.now() })
  const alerts = createMockAlerts({ world, scene })
  const rules = createMockRules({ world, scene })
  return {
    fetch: createMockFetch({ world, scene, parts: [office, alerts, rules, createMockChannels({ scene })] }),
    feed: createMockLiveFeed({ world, scene, office, alerts }),
    config: {
      socketUrl: '',
      socketPath: '/socket.io',
      apiUrl: '/api',
      version: '0.1.0',
      mqtt: { port: 1883 },
      demo: true,
    },
  }
}
