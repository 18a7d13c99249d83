import type { Reading } from '@iot/contracts'
import { systemTimers, type Timers } from './timers.js'

export interface BatchReadingsOptions {
  /** called with what has gathered, oldest first */
  onBatch: (readings: readonly Reading[]) => void
  /** as soon as so many have gathered */
  size?: number
  /** and at the latest so long after the first, ms */
  everyMs?: number
  timers?: Timers
}

export interface ReadingBatches {
  add(readings: Reading | readonly Reading[]): void
  /** What has gathered goes out now. */
  flush(): void
  /** What has gathered is dropped. */
  clear(): void
}

/**
 * Gathers readings for a handler that costs much per call (a store, a chart, a request): 50 of them or 100 ms, whichever
 * comes first. It never holds more than `size`.
 */
export function batchReadings({
  onBatch,
  size = 50,
  everyMs = 100,
  timers = systemTimers,
}: BatchReadingsOptions): ReadingBatches {
  let gathered: Reading[] = []
  let cancel: (() => void) | undefined

  function clear(): void {
    cancel?.()
    cancel = undefined
    gathered = []
  }

  function flush(): void {
    const batch = gathered
    clear()
    if (batch.length > 0) onBatch(batch)
  }

  return {
    add(readings) {
      for (const reading of Array.isArray(readings) ? readings : [readings]) {
        gathered.push(reading)
        if (gathered.length >= size) flush()
        else cancel ??= timers.after(everyMs, flush)
      }
    },
    flush,
    clear,
  }
}
