import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { type ApiGateway, createApiGateway } from '@iot/api-gateway'
import { createIngestion } from '@iot/ingestion'
import { type Clock, systemClock } from '@iot/ports'
import {
  type Component,
  type ComponentReport,
  createHttpListener,
  createMetrics,
  type Logger,
  type RunningComponents,
} from '@iot/runtime'
import { createWebsocketService } from '@iot/websocket-service'
import { openPorts, type PortName } from '@iot/wiring'
import type { AllInOneConfig } from './config.js'
import { createSystemView } from './system-view.js'

export interface AllInOne {
  readonly components: readonly Component[]
  /** Where people and devices find it, once it runs. */
  addresses(): { httpPort: number; mqttPort: number; setupLink: string | undefined }
  /** To be told when the components run, and when the process begins to stop: the probes answer by it. */
  onReady(running: RunningComponents): void
  onDraining(): void
}

/** Every port: every service runs in this process. */
const NEEDS = [
  'log',
  'broker',
  'bus',
  'state',
  'readings',
  'snapshots',
  'devices',
  'deadLetters',
  'users',
  'counter',
  'tokens',
  'passwords',
  'door',
] as const satisfies readonly PortName[]

const STARTING: Record<string, ComponentReport> = { start: { status: 'down', detail: 'starting' } }

/** Every service in this process, on one HTTP port, around one set of ports. */
export async function createAllInOne(deps: {
  config: AllInOneConfig
  logger: Logger
  clock?: Clock
}): Promise<AllInOne> {
  const { config, logger, clock = systemClock } = deps
  const metrics = createMetrics({ processMetrics: true })
  const ports = await openPorts({ config, clock, logger, metrics }, NEEDS)
  const server = createServer()
  const version = ownVersion()
  let running: RunningComponents | undefined
  let draining = false
  const reports = () => running?.reports() ?? STARTING

  const system = createSystemView({ door: ports.door, reports })
  const shared = { ...ports, server, clock, logger, metrics, config, version }
  const gateway: ApiGateway = createApiGateway({
    ...shared,
    ops: {
      reports,
      draining: () => draining,
      metrics: config.METRICS_ENABLED ? metrics : undefined,
      service: config.SERVICE_NAME,
      version,
    },
    system,
  })
  const ingestion = createIngestion({ ...shared, pipelines: ['bridge', 'live', 'archive'] })
  const listener = createHttpListener({
    server,
    host: config.HOST,
    port: config.PORT,
    portVariable: 'PORT',
    log: logger,
  })
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
    components: [...ports.components, gateway, ingestion, listener, sockets, ...(await openDemo())],
    addresses: () => ({
      httpPort: listener.port(),
      mqttPort: ports.door.port,
      setupLink: gateway.setupLink(),
    }),
    onReady(components) {
      running = components
    },
    onDraining() {
      draining = true
    },
  }
}

function ownVersion(): string {
  const file = new URL('../package.json', import.meta.url)
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
}
