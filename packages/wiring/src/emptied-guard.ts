import type { Component } from '@iot/runtime'

/**
 * Ends the process when the bus has lost all that it held (Redis came back without its data): started again, `live`
 * puts the window and the newest values back from its snapshot and the log, as after any other start.
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
