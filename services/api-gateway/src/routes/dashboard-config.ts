import { DashboardConfig } from '@iot/contracts'
import type { GatewayConfig } from '../config.js'
import { type Route, route } from '../route.js'
import type { SystemView } from '../system-view.js'

/** An address that says “every one of mine” is none that a device could be given. */
const EVERY_ADDRESS = new Set(['0.0.0.0', '::'])

export function dashboardConfigRoutes(deps: {
  config: Pick<GatewayConfig, 'SOCKET_IO_PATH' | 'MQTT_HOST' | 'MQTT_PORT' | 'DEMO'>
  system: SystemView
  version: string
}): Route[] {
  const { config, system, version } = deps
  return [
    route(
      {
        method: 'GET',
        path: '/config.json',
        summary: 'What the dashboard asks its own origin for',
        tag: 'system',
        access: 'open',
        counts: 'none',
        status: 200,
        answer: DashboardConfig,
      },
      async () => ({
        body: {
          // empty: the page’s own origin
          socketUrl: '',
          socketPath: config.SOCKET_IO_PATH,
          apiUrl: '/api',
          version,
          mqtt: {
            ...(!EVERY_ADDRESS.has(config.MQTT_HOST) && { host: config.MQTT_HOST }),
            port: system.mqttPort?.() ?? config.MQTT_PORT,
          },
          demo: config.DEMO,
        },
      }),
    ),
  ]
}
