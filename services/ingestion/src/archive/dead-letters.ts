import { type DeadLetterRecord, TOPICS } from '@iot/contracts'
import type { DeadLetterStore, EventLog, LogConsumer, LogRecord } from '@iot/ports'
import type { Logger } from '@iot/runtime'
import type { ArchiveMetrics } from '../metrics.js'
import { writeAllButRefused } from './write-all-but-refused.js'

/**
 * Letters, and characters of their payloads, after which the store is pruned, so that a flood of garbage can't fill
 * the disk within an hour.
 */
const PRUNE_AFTER = 5_000
const PRUNE_AFTER_SIZE = 67_108_864

/** Stores refused messages for operators, in a group of its own: garbage never holds up a reading. */
export function deadLetterConsumer(deps: {
  log: EventLog
  deadLetters: DeadLetterStore
  logger: Logger
  metrics: ArchiveMetrics
  prune(): void
}): LogConsumer {
  const { log, deadLetters, logger, metrics, prune } = deps
  let sincePruned = 0
  let sizeSincePruned = 0

  return {
    group: 'archive-dead-letters',
    topics: [TOPICS.deadLetters],
    maxRecords: 500,
    async onBatch({ partition, records }, control) {
      const letters = (records as readonly LogRecord<DeadLetterRecord>[]).map(({ offset, value }) => ({
        epoch: log.epoch,
        partition,
        offset,
        record: value,
      }))
      const refused = await writeAllButRefused(letters, (some) => deadLetters.write(some))
      for (const { item, error } of refused) {
        logger.warn({ err: error, partition, offset: item.offset }, 'a dead letter can’t be stored')
      }
      metrics.deadLetters.inc(letters.length - refused.length)
      sincePruned += letters.length
      for (const { record } of letters)
        sizeSincePruned += (record.payload ?? record.payloadBase64 ?? '').length
      if (sincePruned >= PRUNE_AFTER || sizeSincePruned >= PRUNE_AFTER_SIZE) {
        sincePruned = 0
        sizeSincePruned = 0
        prune()
      }
      await control.commit(records.at(-1)!.offset + 1)
    },
  }
}
