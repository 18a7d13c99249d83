import { type ReadingsRecord, type StatusRecord, TOPICS } from '@iot/contracts'
import type {
  AlertStore,
  AuditStore,
  BatchControl,
  Clock,
  DeadLetterStore,
  DeviceStore,
  EventLog,
  LogBatch,
  LogConsumer,
  LogRecord,
  LogSubscription,
  ReadingStore,
  StoredReading,
} from '@iot/ports'
import type { Component, Logger, Metrics } from '@iot/runtime'
import { createArchiveMetrics } from '../metrics.js'
import { alertConsumer } from './alerts.js'
import { deadLetterConsumer } from './dead-letters.js'
import { createDeviceDescriber } from './device-describer.js'
import { createRetention } from './retention.js'
import { RowWriter } from './row-writer.js'
import { writeAllButRefused } from './write-all-but-refused.js'

export interface ArchivePipelineDeps {
  readonly log: EventLog
  readonly readings: ReadingStore
  readonly devices: DeviceStore
  readonly deadLetters: DeadLetterStore
  readonly alerts: AlertStore
  readonly audit: AuditStore
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Metrics
  readonly retentionDays: number
  readonly alertRetentionDays: number
  readonly auditRetentionDays: number
  /** readings of one write at most */
  readonly maxRows?: number
  /** how long a reading may wait for company, ms */
  readonly lingerMs?: number
  /** dead letters that are kept at most */
  readonly keepDeadLetters?: number
  /** and their bytes */
  readonly keepDeadLetterBytes?: number
}

/**
 * Readings from the log to the store, in large writes; offsets are committed after the write. While the store
 * is away a batch fails and the log gives it again: nothing is lost, and nobody but the archive waits.
 */
export function createArchivePipeline(deps: ArchivePipelineDeps): Component {
  const { log, readings, logger, maxRows = 2_000, lingerMs = 250 } = deps
  const subscriptions: LogSubscription[] = []
  /** what can’t be stored now */
  const troubles = new Set<string>()

  const metrics = createArchiveMetrics(deps.metrics, {
    lag: () => subscriptions.reduce((sum, subscription) => sum + subscription.lag(), 0),
  })
  const describer = createDeviceDescriber(deps)
  const retention = createRetention({
    ...deps,
    metrics,
    keepDeadLetters: deps.keepDeadLetters ?? 100_000,
    keepDeadLetterBytes: deps.keepDeadLetterBytes ?? 536_870_912,
  })
  const writer = new RowWriter({ write, maxRows, lingerMs })

  async function write(rows: readonly StoredReading[]): Promise<void> {
    const done = metrics.writeSeconds.startTimer()
    try {
      const refused = await writeAllButRefused(rows, writeRows)
      if (refused.length > 0) setAside(refused)
      troubles.delete('readings')
    } catch (error) {
      metrics.failures.inc()
      troubles.add('readings')
      throw error
    } finally {
      done()
    }
  }

  async function writeRows(rows: readonly StoredReading[]): Promise<void> {
    const { inserted, repeated, refused } = await readings.write(rows)
    metrics.writeRows.observe(rows.length)
    metrics.rows.inc({ outcome: 'inserted' }, inserted)
    metrics.rows.inc({ outcome: 'repeated' }, repeated)
    metrics.rows.inc({ outcome: 'refused' }, refused)
  }

  /** One line per write, so that a device that sends nothing else can't flood the log. */
  function setAside(refused: readonly { item: StoredReading; error: unknown }[]): void {
    metrics.rows.inc({ outcome: 'set-aside' }, refused.length)
    const { item, error } = refused[0]!
    const { deviceId, sensorType, timestampMs } = item
    logger.error(
      { err: error, rows: refused.length, deviceId, sensorType, timestampMs },
      'readings that the store can’t hold were set aside; the others are stored',
    )
  }

  async function archive(batch: LogBatch, control: BatchControl): Promise<void> {
    if (batch.topic === TOPICS.deviceStatus.name) {
      await describer.note(batch.records as readonly LogRecord<StatusRecord>[])
    } else {
      const records = batch.records as readonly LogRecord<ReadingsRecord>[]
      await writer.store(records)
      await describer.describe(records)
    }
    await control.commit(batch.records.at(-1)!.offset + 1)
  }

  function consumers(): LogConsumer[] {
    return [
      {
        group: 'archive',
        topics: [TOPICS.sensorsData, TOPICS.deviceStatus],
        maxRecords: maxRows,
        patienceMs: 2 * lingerMs,
        onBatch: archive,
        onRevoked: async () => describer.forgetAll(),
      },
      alertConsumer({
        ...deps,
        metrics,
        noteStored: (isStored) => (isStored ? troubles.delete('alerts') : troubles.add('alerts')),
      }),
      deadLetterConsumer({ ...deps, metrics, prune: retention.prune }),
    ]
  }

  return {
    name: 'archive',
    async start({ fail }) {
      for (const consumer of consumers()) {
        const subscription = await log.subscribe(consumer)
        subscription.failed.catch(fail)
        subscriptions.push(subscription)
      }
      retention.start()
    },
    async stop() {
      writer.hurry()
      await Promise.all(subscriptions.map((subscription) => subscription.stop()))
      await retention.stop()
    },
    health() {
      if (troubles.size === 0) return { status: 'healthy' }
      // Not the errors' own words: whoever asks /health may read this. The log has them.
      const detail = `${[...troubles].join(' and ')} cannot be stored: they wait in the log`
      return { status: 'degraded', detail }
    },
  }
}
