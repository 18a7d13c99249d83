import type { LogRecord } from '@iot/ports'
import type { Logger } from '@iot/runtime'
import type { FetchedRecord } from './kafka-cluster.js'

export interface SizedRecord {
  readonly record: LogRecord
  readonly size: number
}

/** What a record takes beside its key and value. */
const RECORD_OVERHEAD_BYTES = 20

/**
 * Records of the log from what was fetched. A fetch answers with whole batches, so the first ones may lie before
 * the offset that was asked for. What is not JSON was written by someone else: it is left out, and said.
 */
export function recordsOf(
  fetched: readonly FetchedRecord[],
  options: { topic: string; partition: number; fromOffset: number; log: Logger },
): { records: SizedRecord[]; nextOffset: number } {
  const { topic, partition, log } = options
  const records: SizedRecord[] = []
  let nextOffset = options.fromOffset
  for (const { offset, key, text, bytes, timestampMs } of fetched) {
    if (offset < nextOffset) continue
    nextOffset = offset + 1
    try {
      const value = JSON.parse(text!) as unknown
      const record = { topic, partition, offset, key, timestampMs, value }
      records.push({ record, size: bytes + RECORD_OVERHEAD_BYTES })
    } catch (error) {
      log.error({ err: error, topic, partition, offset }, 'a record that is not JSON is left out')
    }
  }
  return { records, nextOffset }
}
