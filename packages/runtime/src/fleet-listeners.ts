import { FleetMessage } from '@iot/contracts'
import { Compile } from 'typebox/compile'
import type { Logger } from './logger.js'
import type { Metrics } from './metrics.js'

export interface FleetListeners {
  /** The answer ends the listening. */
  add(listener: (message: FleetMessage) => void): () => void
  /** Passes a message on, as it came over the channel; what does not fit the contract is counted, and left out. */
  hear(text: string): void
}

/** Longer than any message of the contract can be: it is not worth the work of reading it. */
const MAX_TEXT_LENGTH = 65_536

const check = Compile(FleetMessage)

/** Who listens to words between processes, whatever carries them. */
export function createFleetListeners(deps: { logger: Logger; metrics: Metrics }): FleetListeners {
  const { logger } = deps
  const listeners = new Set<{ tell(message: FleetMessage): void }>()
  const refused = deps.metrics.counter({
    name: 'iot_fleet_messages_refused_total',
    help: 'Messages between processes that do not fit the contract.',
  })
  let hasSaid = false

  function read(text: string): FleetMessage | undefined {
    try {
      const message: unknown = text.length > MAX_TEXT_LENGTH ? undefined : JSON.parse(text)
      if (check.Check(message)) return message
    } catch {
      // No JSON: refused like what is none of ours.
    }
    refused.inc()
    // Once: whoever can send one of them can send a thousand.
    if (!hasSaid)
      logger.warn({ length: text.length }, 'a message between processes does not fit the contract')
    hasSaid = true
    return undefined
  }

  return {
    add(listener) {
      const own = { tell: listener }
      listeners.add(own)
      return () => void listeners.delete(own)
    },
    hear(text) {
      const message = read(text)
      if (!message) return
      for (const listener of listeners) {
        try {
          listener.tell(message)
        } catch (error) {
          logger.error({ err: error, kind: message.kind }, 'a listener to messages between processes failed')
        }
      }
    },
  }
}
