import type { ComponentHealth } from '@iot/contracts'
import { fleetHealth } from '@iot/domain'
import type { ServiceRegistry } from '@iot/ports'

/** Health of the services of a fleet, as its processes announce themselves. */
export function fleetServices(
  registry: Pick<ServiceRegistry, 'list'>,
): () => Promise<Record<string, ComponentHealth>> {
  return async () => fleetHealth(await registry.list())
}
