import type { LogRecord } from '@iot/ports'
import type { Logger } from '@iot/runtime'
import type { FetchedMessage } from './kafka-cluster.js'

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
  messages: readonly FetchedMessage[],
  options: { topic: string; partition: number; fromOffset: number; log: Logger },
): { records: SizedRecord[]; nextOffset: number } {
  const { topic, partition, log } = options
  const records: SizedRecord[] = []
  let nextOffset = options.fromOffset
  for (const { offset: text, key, value, timestamp } of messages) {
    const offset = Number(text)
    if (offset < nextOffset) continue
    nextOffset = offset + 1
    try {
      const record = {
        topic,
        partition,
        offset,
        key: key?.toString() ?? '',
        timestampMs: Number(timestamp),
        value: JSON.parse(value!.toString()) as unknown,
      }
      records.push({ record, size: (key?.length ?? 0) + value!.length + RECORD_OVERHEAD_BYTES })
    } catch (error) {
      log.error({ err: error, topic, partition, offset }, 'a record that is not JSON is left out')
    }
  }
  return { records, nextOffset }
}
