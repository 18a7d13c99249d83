import type { Component } from '@iot/runtime'

/**
 * Ends the process when the bus has lost all that it held (Redis came back without its data), once for each loss: started
 * again, `live` puts the newest values back from its snapshot and the log, and the window where nothing has been published
 * since. Elsewhere the window begins with the loss: replicas that heard what was before hold it themselves.
 */
export function createEmptiedGuard(bus: { onEmptied(listener: () => void): void }): Component {
  return {
    name: 'live-bus-memory',
    async start({ fail }) {
      bus.onEmptied(() =>
        fail(new Error('The live bus has lost what it held: it is filled again by a new start.')),
      )
    },
    async stop() {},
  }
}
