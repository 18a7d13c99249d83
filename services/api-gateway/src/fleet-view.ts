import type { ComponentHealth } from '@iot/contracts'
import { fleetHealth, takesDevices } from '@iot/domain'
import { type ServiceRegistry, StoreUnavailable } from '@iot/ports'
import type { SystemView } from './system-view.js'

/** While nobody can say how the others are, they may well work: what they share is away. */
const UNKNOWN: ComponentHealth = 'degraded'

/** What the processes of a fleet tell of themselves. */
export function createFleetView({ registry }: { registry: Pick<ServiceRegistry, 'list'> }): SystemView {
  return {
    async services() {
      try {
        return fleetHealth(await registry.list())
      } catch (error) {
        if (!(error instanceof StoreUnavailable)) throw error
        return Object.fromEntries(Object.keys(fleetHealth([])).map((name) => [name, UNKNOWN]))
      }
    },
    mqttConnected: async () => takesDevices(await registry.list()),
  }
}
