import type { FleetChannel } from '@iot/ports'
import { createFleetListeners, type Logger, type Metrics } from '@iot/runtime'

/** Words between the parts of one process. They come after `send` has returned, as they do from a server. */
export function createMemoryFleetChannel(deps: { logger: Logger; metrics: Metrics }): FleetChannel {
  const listeners = createFleetListeners(deps)
  return {
    async send(message) {
      const text = JSON.stringify(message)
      setImmediate(() => listeners.hear(text))
    },
    listen: listeners.add,
  }
}
