import { type ApiGateway, createApiGateway } from '@iot/api-gateway'
import { createIngestion } from '@iot/ingestion'
import { systemClock } from '@iot/ports'
import { type Component, createRightsWatch, type ProcessParts } from '@iot/runtime'
import { createWebsocketService } from '@iot/websocket-service'
import { openPorts, type PortName } from '@iot/wiring'
import type { AllInOneVariable } from './config.js'
import { createSystemView } from './system-view.js'

export interface AllInOne {
  readonly components: readonly Component[]
  /** Where people and devices find it, once it runs. */
  addresses(): { httpPort: number; mqttPort: number; setupLink: string | undefined }
}

/** Every port: every service runs in this process. */
const NEEDS = [
  'log',
  'broker',
  'bus',
  'state',
  'readings',
  'snapshots',
  'registry',
  'devices',
  'deadLetters',
  'users',
  'notifications',
  'rules',
  'alerts',
  'audit',
  'channels',
  'sender',
  'counter',
  'rights',
  'presence',
  'relay',
  'channel',
  'tokens',
  'passwords',
  'door',
] as const satisfies readonly PortName[]

const clock = systemClock

/** Every service in this process, on one HTTP port, around one set of ports. */
export async function createAllInOne(parts: ProcessParts<AllInOneVariable>): Promise<AllInOne> {
  const { config, logger, metrics, listener, ops } = parts
  const ports = await openPorts({ config, clock, logger, metrics }, NEEDS)
  const system = createSystemView({ door: ports.door, reports: ops.reports })
  const rights = createRightsWatch({ board: ports.rights, clock, logger })
  const shared = { ...parts, ...ports, rights, clock }
  const gateway: ApiGateway = createApiGateway({ ...shared, board: ports.rights, system })
  const ingestion = createIngestion({ ...shared, pipelines: ['bridge', 'live', 'archive', 'notify'] })
  const sockets = createWebsocketService({ ...shared, services: system.services, verifier: ports.tokens })

  /** Loaded only where it is wanted. */
  async function openDemo(): Promise<Component[]> {
    if (!config.DEMO) return []
    const { createDemo } = await import('@iot/simulator')
    return [
      createDemo({
        url: () => `mqtt://127.0.0.1:${ports.door.port}`,
        sharedTopic: config.MQTT_TOPIC_SENSOR_DATA,
        devices: config.DEMO_DEVICES,
        deviceStore: ports.devices,
        readings: ports.readings,
        retentionDays: config.RETENTION_DAYS,
        clock,
        logger,
      }),
    ]
  }

  return {
    // Sockets come last, so that they are the first to leave: an open socket would hold the listener's stop.
    components: [...ports.components, rights, gateway, ingestion, listener, sockets, ...(await openDemo())],
    addresses: () => ({
      httpPort: listener.port(),
      mqttPort: ports.door.port,
      setupLink: gateway.setupLink(),
    }),
  }
}
