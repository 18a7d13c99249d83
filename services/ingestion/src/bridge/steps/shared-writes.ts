import { type ReadingsRecord, TOPICS } from '@iot/contracts'
import type { EventLog } from '@iot/ports'
import type { BridgeMetrics } from '../../metrics.js'

/** Messages whose records the log writes together. */
interface Together {
  readonly written: Promise<void>
  readonly answered: Promise<void>
  /** when each began, ms */
  readonly begins: number[]
  readings: number
}

/**
 * The usual message, which holds readings of one device: those that the log writes together are counted and answered
 * together, by one promise. Three or four for each message, all alive until the write is through, cost
 * as much as reading it.
 */
export function createSharedWrites(deps: {
  log: EventLog
  metrics: BridgeMetrics
  /** what a write of so many messages failed with; throws what their answer is to be */
  onFailed(error: unknown, messages: number): never
}) {
  const { log, metrics, onFailed } = deps
  let last: Together | undefined

  function begin(written: Promise<void>): Together {
    const begins: number[] = []
    const answered = written.then(
      () => count(together),
      (error: unknown) => onFailed(error, begins.length),
    )
    const together: Together = { written, answered, begins, readings: 0 }
    return together
  }

  function count({ begins, readings }: Together): void {
    const now = performance.now()
    metrics.readings.inc(readings)
    for (const begin of begins) metrics.acceptSeconds.observe((now - begin) / 1_000)
  }

  return {
    /** Resolves when it is durable; undefined where the log has no such way, or refuses it at once. */
    append(record: ReadingsRecord, beginMs: number): Promise<void> | undefined {
      const written = enqueued(log, record)
      if (!written) return undefined
      if (last?.written !== written) last = begin(written)
      last.begins.push(beginMs)
      last.readings += record.readings.length
      return last.answered
    },
  }
}

function enqueued(log: EventLog, record: ReadingsRecord): Promise<void> | undefined {
  try {
    return log.enqueue?.(TOPICS.sensorsData, record.deviceId, record)
  } catch {
    // Whoever appends it the usual way is told the same, and knows what to do about it.
    return undefined
  }
}
