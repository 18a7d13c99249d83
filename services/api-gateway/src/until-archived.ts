import { setTimeout as pause } from 'node:timers/promises'
import { TOPICS } from '@iot/contracts'
import type { EventLog } from '@iot/ports'

/** The group that stores what is in the log. */
const ARCHIVE = 'archive'
const EVERY_MS = 50
/** An archive that is behind, or away, holds nobody up for longer. */
const PATIENCE_MS = 2_000

/** Waits until the readings that a partition of the log has now are stored, or for as long as is reasonable. */
export async function untilArchived(
  log: Pick<EventLog, 'ranges' | 'committed'>,
  partition: number,
): Promise<void> {
  const ranges = await log.ranges(TOPICS.sensorsData)
  const end = ranges.find((range) => range.partition === partition)?.end ?? 0
  const deadlineMs = performance.now() + PATIENCE_MS
  for (;;) {
    const committed = await log.committed(ARCHIVE, TOPICS.sensorsData)
    if ((committed.get(partition) ?? 0) >= end || performance.now() >= deadlineMs) return
    await pause(EVERY_MS)
  }
}
