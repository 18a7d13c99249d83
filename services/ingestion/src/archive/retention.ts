import type { AlertStore, AuditStore, Clock, DeadLetterStore, ReadingStore } from '@iot/ports'
import type { Logger } from '@iot/runtime'
import type { ArchiveMetrics } from '../metrics.js'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

export interface RetentionDeps {
  readonly readings: ReadingStore
  readonly deadLetters: DeadLetterStore
  readonly alerts: Pick<AlertStore, 'dropBefore'>
  readonly audit: Pick<AuditStore, 'dropBefore'>
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: ArchiveMetrics
  readonly retentionDays: number
  readonly alertRetentionDays: number
  readonly auditRetentionDays: number
  /** dead letters that are kept at most */
  readonly keepDeadLetters: number
  readonly keepDeadLetterBytes: number
  readonly everyMs?: number
}

/**
 * Lets go of what is too old, at the start and every hour: time partitions of readings, closed alerts, the audit log,
 * and dead letters beyond their bounds. A failure is logged, and the next hour tries again.
 */
export function createRetention(deps: RetentionDeps) {
  const { readings, deadLetters, clock, logger, metrics, retentionDays } = deps
  const bounds = { keep: deps.keepDeadLetters, keepBytes: deps.keepDeadLetterBytes }
  let timer: NodeJS.Timeout | undefined
  let running: Promise<void> = Promise.resolve()

  async function dropOldReadings(): Promise<void> {
    const dropped = await readings.dropBefore(clock.nowMs() - retentionDays * DAY_MS)
    if (dropped === 0) return
    metrics.droppedPartitions.inc(dropped)
    logger.info({ partitions: dropped, retentionDays }, 'old readings were dropped')
  }

  async function dropOldAlerts(): Promise<void> {
    const dropped = await deps.alerts.dropBefore(clock.nowMs() - deps.alertRetentionDays * DAY_MS)
    if (dropped > 0) logger.info({ dropped, days: deps.alertRetentionDays }, 'old alerts were dropped')
  }

  async function dropOldAudit(): Promise<void> {
    const dropped = await deps.audit.dropBefore(clock.nowMs() - deps.auditRetentionDays * DAY_MS)
    if (dropped > 0) logger.info({ dropped, days: deps.auditRetentionDays }, 'old audit entries were dropped')
  }

  async function pruneDeadLetters(): Promise<void> {
    const dropped = await deadLetters.prune(bounds)
    if (dropped > 0) logger.info({ dropped, ...bounds }, 'old dead letters were dropped')
  }

  async function letGo(): Promise<void> {
    for (const step of [dropOldReadings, dropOldAlerts, dropOldAudit, pruneDeadLetters]) {
      await step().catch((error) => logger.warn({ err: error }, 'retention failed and is tried again'))
    }
  }

  function turn(): void {
    running = running.then(letGo)
  }

  return {
    start(): void {
      turn()
      timer = setInterval(turn, deps.everyMs ?? HOUR_MS)
      timer.unref()
    },
    /** Many dead letters have come: prune now, not in an hour. */
    prune(): void {
      running = running.then(() =>
        pruneDeadLetters().catch((error) => logger.warn({ err: error }, 'dead letters could not be pruned')),
      )
    },
    async stop(): Promise<void> {
      clearInterval(timer)
      await running
    },
  }
}
