import { end, heard, start } from './child.js'
import type { Form, LoadAnswer, LoadOrder } from './load-protocol.js'

/** Devices in a process of their own. */
export interface Load {
  /** Connects all devices to a port; their messages begin in the past. */
  connect(port: number, pastMs: number): Promise<void>
  /** Sends messages there as fast as they are acknowledged; answers how many seconds it took. */
  send(port: number, form: Form, messages: number): Promise<number>
  end(): void
}

export function startLoad(): Load {
  const child = start(new URL('./device-load.ts', import.meta.url))

  function order(message: LoadOrder): void {
    child.send(message)
  }

  return {
    async connect(port, pastMs) {
      const connected = heard<LoadAnswer, 'connected'>(child, 'connected')
      order({ kind: 'connect', port, pastMs })
      await connected
    },
    async send(port, form, messages) {
      const acknowledged = heard<LoadAnswer, 'acknowledged'>(child, 'acknowledged')
      order({ kind: 'run', port, form, messages })
      return (await acknowledged).seconds
    },
    end: () => end(child),
  }
}
