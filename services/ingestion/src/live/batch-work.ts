import { TOPICS } from '@iot/contracts'
import type { BatchControl, LogBatch } from '@iot/ports'
import type { LivePartition, WorkedKind } from './live-partition.js'
import type { OwnedPartitions } from './owned-partitions.js'
import type { Publisher } from './publisher.js'
import type { createWorker } from './worker.js'

/** Readings after which a long batch lets others have their turn. */
const TURN_READINGS = 1_000
/** Alert records of a partition on their way to the log; beyond, no more of its records are taken. */
const APPENDS_LIMIT = 1_000

const KIND_OF: Readonly<Record<string, WorkedKind>> = {
  [TOPICS.sensorsData.name]: 'readings',
  [TOPICS.deviceStatus.name]: 'status',
  [TOPICS.alerts.name]: 'alerts',
  [TOPICS.alertActions.name]: 'actions',
}

export interface BatchWorkDeps {
  readonly partitions: OwnedPartitions
  readonly publisher: Publisher
  readonly work: ReturnType<typeof createWorker>
  /** whether more may wait for the bus */
  hasRoom(): boolean
}

/** Takes batches of the log record by record, as fast as what follows from them gets out. */
export function createBatchWork({ partitions, publisher, work, hasRoom }: BatchWorkDeps) {
  /** Waits for a running snapshot and for room, and lets others have a turn; false when the partition is gone. */
  async function mayGoOn(owned: LivePartition, { signal }: BatchControl, inTurn: number): Promise<boolean> {
    if (inTurn >= TURN_READINGS) await new Promise((resolve) => setImmediate(resolve))
    await owned.appends.room(APPENDS_LIMIT, signal)
    while (owned.gate) await owned.gate
    return (await publisher.until(hasRoom, signal)) && !signal.aborted
  }

  return async function workBatch(batch: LogBatch, control: BatchControl): Promise<void> {
    const owned = partitions.get(batch.partition)
    const kind = KIND_OF[batch.topic]!
    if (!owned) return
    owned.controls[kind] = control
    let inTurn = 0
    for (const record of batch.records) {
      if (owned.gate || !hasRoom() || owned.appends.count >= APPENDS_LIMIT || inTurn >= TURN_READINGS) {
        publisher.poke()
        if (!(await mayGoOn(owned, control, inTurn))) return
        inTurn = 0
      }
      inTurn += work(owned, kind, record)
    }
    partitions.noteCommit(owned, 'actions')
    publisher.poke()
  }
}
