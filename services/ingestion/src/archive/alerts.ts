import { type AlertRecord, TOPICS } from '@iot/contracts'
import type { AlertStore, EventLog, LogConsumer, LogRecord } from '@iot/ports'
import type { Logger } from '@iot/runtime'
import type { ArchiveMetrics } from '../metrics.js'
import { writeAllButRefused } from './write-all-but-refused.js'

/**
 * Stores what becomes of alerts, in a group of its own and without lingering: whoever has asked for something to be
 * done with an alert waits for this, and a backlog of readings is not to hold it up.
 */
export function alertConsumer(deps: {
  log: EventLog
  alerts: Pick<AlertStore, 'apply' | 'nextOffset'>
  logger: Logger
  metrics: ArchiveMetrics
  /** told after each batch whether alerts can be stored */
  noteStored(isStored: boolean): void
}): LogConsumer {
  const { log, alerts, logger, metrics, noteStored } = deps
  return {
    group: 'archive-alerts',
    topics: [TOPICS.alerts],
    maxRecords: 1_000,
    // What the group has committed may be ahead of a database that was put back from a backup, or made anew.
    async onAssigned({ partition }) {
      return new Map([[TOPICS.alerts.name, await alerts.nextOffset({ epoch: log.epoch, partition })]])
    },
    async onBatch({ partition, records }, control) {
      const apply = (some: readonly LogRecord<AlertRecord>[]) =>
        alerts.apply(
          some.map(({ value }) => value),
          { epoch: log.epoch, partition, offsets: some.map(({ offset }) => offset) },
        )
      try {
        const refused = await writeAllButRefused(records as readonly LogRecord<AlertRecord>[], apply)
        for (const { item, error } of refused) {
          logger.error(
            { err: error, partition, offset: item.offset },
            'a record of an alert can’t be stored and was set aside; what follows on it won’t count in the list',
          )
        }
        metrics.alertRecords.inc({ outcome: 'stored' }, records.length - refused.length)
        metrics.alertRecords.inc({ outcome: 'set-aside' }, refused.length)
      } catch (error) {
        metrics.failures.inc()
        noteStored(false)
        throw error
      }
      noteStored(true)
      await control.commit(records.at(-1)!.offset + 1)
    },
  }
}
