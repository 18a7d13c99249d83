import { systemClock } from '@iot/ports'
import { createRightsWatch, ownVersion, runMain, serveOps } from '@iot/runtime'
import { createAnnouncer, openPorts, portsVariables } from '@iot/wiring'
import { websocketVariables } from './config.js'
import { createWebsocketService } from './service.js'
import { fleetServices } from './system/fleet-services.js'

const clock = systemClock
const NEEDS = [
  'bus',
  'state',
  'readings',
  'devices',
  'alerts',
  'audit',
  'notifications',
  'tokens',
  'counter',
  'registry',
  'rights',
  'presence',
  'relay',
  'channel',
] as const
/** What a stop takes beside the drain. */
const STOP_MS = 10_000

await runMain({
  environment: process.env,
  variables: [...portsVariables, ...websocketVariables],
  version: ownVersion(import.meta.url),
  stopLimitMs: ({ DRAIN_DELAY_MS, DRAIN_SPREAD_MS }) => STOP_MS + DRAIN_DELAY_MS + DRAIN_SPREAD_MS,
  async create(parts) {
    const { config, logger, metrics, server, listener, ops, instance } = parts
    const ports = await openPorts({ config, clock, logger, metrics }, NEEDS)
    const services = fleetServices(ports.registry)
    const rights = createRightsWatch({ board: ports.rights, clock, logger })
    const shared = { ...ports, rights, services, log: ports.identity, verifier: ports.tokens }
    const sockets = createWebsocketService({ ...shared, server, clock, logger, metrics, config, instance })
    const announcer = createAnnouncer({
      ...parts,
      registry: ports.registry,
      service: 'websocket-service',
      reports: ops.reports,
      figures() {
        const { connections, users } = sockets.figures()
        return { connections, users }
      },
    })
    serveOps(server, ops, logger)
    // Sockets are the first to leave: an open one would hold the listener's stop.
    return { components: [...ports.components, rights, listener, announcer, sockets] }
  },
})
