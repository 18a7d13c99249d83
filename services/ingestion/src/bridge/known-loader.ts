import type { DeviceStore } from '@iot/ports'
import type { Logger } from '@iot/runtime'
import type { KnownSensors } from './known-sensors.js'

export interface KnownLoaderDeps {
  readonly known: KnownSensors
  readonly devices: Pick<DeviceStore, 'listSensors'>
  readonly logger: Logger
  /** between two tries until the first has succeeded, ms */
  readonly retryMs?: number | undefined
  /** how long the start waits for the first, ms */
  readonly patienceMs?: number | undefined
}

/** Between two comparisons with the store of which devices there are. */
const EVERY_MS = 600_000
const RETRY_MS = 5_000
const PATIENCE_MS = 3_000

/**
 * Tells `known` what the store has, at the start and every ten minutes. A store that is away delays the start by
 * seconds at most: until it is back, the bounds hold for what devices have sent since.
 */
export function createKnownLoader(deps: KnownLoaderDeps) {
  const { known, devices, logger, retryMs = RETRY_MS, patienceMs = PATIENCE_MS } = deps
  let timer: NodeJS.Timeout | undefined
  let isLoaded = false
  let isMissed = false
  let isStopped = false

  async function load(): Promise<void> {
    try {
      await known.load(devices)
      if (!isLoaded) logger[isMissed ? 'info' : 'debug']({ devices: known.devices }, 'devices known')
      isLoaded = true
    } catch (error) {
      const words = 'the devices that are known could not be compared with the store; trying again'
      logger[isMissed ? 'debug' : 'warn']({ err: error }, words)
      isMissed = true
    }
    if (!isStopped) timer = setTimeout(load, isLoaded ? EVERY_MS : retryMs).unref()
  }

  return {
    async start(): Promise<void> {
      let patience: NodeJS.Timeout | undefined
      const waited = new Promise((resolve) => {
        patience = setTimeout(resolve, patienceMs)
      })
      await Promise.race([load(), waited])
      clearTimeout(patience)
    },
    stop(): void {
      isStopped = true
      clearTimeout(timer)
    },
  }
}
