import type { SystemView } from '@iot/api-gateway'
import type { ComponentHealth } from '@iot/contracts'
import type { DeviceDoor } from '@iot/ports'
import { type ComponentReport, worstHealth } from '@iot/runtime'

/** The components behind each of the guide's names for a service. */
const SERVICES: Readonly<Record<string, readonly string[]>> = {
  'data-ingestion': ['ingestion', 'event-log', 'live-bus'],
  'websocket-service': ['websocket-service', 'live-bus'],
  'api-gateway': ['api-gateway', 'embedded-postgres', 'database'],
}

/** What one process knows of itself. */
export function createSystemView(deps: {
  door: DeviceDoor
  reports: () => Readonly<Record<string, ComponentReport>>
}): SystemView {
  function healthOf(components: readonly string[]): ComponentHealth {
    const reports = deps.reports()
    const found = components.map((name) => reports[name]?.status).filter((status) => status !== undefined)
    return found.length === 0 ? 'down' : worstHealth(found)
  }

  return {
    services: async () =>
      Object.fromEntries(Object.entries(SERVICES).map(([name, components]) => [name, healthOf(components)])),
    // A store that is away degrades the archive; devices deliver all the same.
    mqttConnected: async () => healthOf(['ingestion']) !== 'down',
    mqttPort: () => deps.door.port,
  }
}
