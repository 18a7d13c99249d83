import { systemClock } from '@iot/ports'
import { createRightsWatch, ownVersion, runMain } from '@iot/runtime'
import { createAnnouncer, openPorts, portsVariables } from '@iot/wiring'
import { apiGatewayVariables } from './config.js'
import { createFleetView } from './fleet-view.js'
import { createApiGateway } from './service.js'

const clock = systemClock
const NEEDS = [
  'log',
  'state',
  'readings',
  'devices',
  'users',
  'notifications',
  'rules',
  'alerts',
  'audit',
  'channels',
  'sender',
  'deadLetters',
  'tokens',
  'passwords',
  'counter',
  'registry',
  'rights',
  'presence',
  'channel',
] as const

await runMain({
  environment: process.env,
  variables: [...portsVariables, ...apiGatewayVariables],
  version: ownVersion(import.meta.url),
  async create(parts) {
    const { config, logger, metrics, listener, ops } = parts
    const ports = await openPorts({ config, clock, logger, metrics }, NEEDS)
    const rights = createRightsWatch({ board: ports.rights, clock, logger })
    const gateway = createApiGateway({
      ...parts,
      ...ports,
      board: ports.rights,
      rights,
      clock,
      system: createFleetView(ports),
    })
    const announcer = createAnnouncer({
      ...parts,
      registry: ports.registry,
      service: 'api-gateway',
      reports: ops.reports,
      figures: () => ({}),
    })
    return { components: [...ports.components, rights, gateway, listener, announcer] }
  },
})
