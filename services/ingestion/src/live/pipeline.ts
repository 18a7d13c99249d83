import { type LiveKind, type ReadingsRecord, type StatusRecord, TOPICS } from '@iot/contracts'
import type {
  Assignment,
  BatchControl,
  Clock,
  EventLog,
  LiveBus,
  LiveEntry,
  LogBatch,
  LogRecord,
  LogSubscription,
  SnapshotStore,
} from '@iot/ports'
import type { Component, ComponentContext, Logger, Metrics } from '@iot/runtime'
import { createLiveMetrics } from '../metrics.js'
import { Committer } from './committer.js'
import { createHearing } from './hearing.js'
import type { LivePartition } from './live-partition.js'
import { Outbox } from './outbox.js'
import { changedByHearing, type PartitionState } from './partition-state.js'
import { type Flush, Publisher } from './publisher.js'
import { restorePartition } from './restore.js'
import { createSnapshots } from './snapshots.js'

export interface LivePipelineDeps {
  readonly log: EventLog
  readonly bus: LiveBus
  readonly snapshots: SnapshotStore
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Metrics
  /** between two flushes to the bus, ms */
  readonly lingerMs?: number
  /** between two commits, ms */
  readonly commitEveryMs?: number
  /** between two snapshots of a partition that has changed, ms */
  readonly snapshotEveryMs?: number
  /** how much of the recent past the bus's window is filled with after a restart, ms */
  readonly windowMs?: number
  /** events that may wait while the bus is away; then no more records are taken */
  readonly backlogEntries?: number
  /** characters of text that may wait then */
  readonly backlogBytes?: number
}

/** Readings after which a long batch lets others have their turn. */
const TURN_READINGS = 1_000
/** How long a partition that is given away waits for the bus. The log gives it 5 s. */
const FAREWELL_MS = 2_000

const KIND_OF: Readonly<Record<string, LiveKind>> = {
  [TOPICS.sensorsData.name]: 'readings',
  [TOPICS.deviceStatus.name]: 'status',
}

/**
 * Readings and status changes from the log to the live bus: repeats left out, the newest of each sensor kept,
 * every event encoded once. See `restorePartition` for how its state survives.
 */
export function createLivePipeline(deps: LivePipelineDeps): Component {
  const { log, bus, logger, clock, lingerMs = 25, commitEveryMs = 200 } = deps
  const { backlogEntries = 20_000, backlogBytes = 16_777_216, windowMs = 130_000 } = deps
  const partitions = new Map<number, LivePartition>()
  const restoring = new Map<number, { work: Promise<unknown>; abort: AbortController }>()
  let subscription: LogSubscription | undefined
  let fail: ComponentContext['fail'] = () => {}

  const metrics = createLiveMetrics(deps.metrics, {
    backlogEntries: () => outbox.entries,
    lag: () => subscription?.lag() ?? 0,
    devices: () => [...partitions.values()].reduce((sum, { state }) => sum + state.devices.size, 0),
  })
  const hear = createHearing({ log, logger })
  const outbox = new Outbox(() => log.epoch)
  const committer = new Committer({ everyMs: commitEveryMs, logger })
  const publisher = new Publisher({
    bus,
    clock,
    logger,
    metrics,
    lingerMs,
    take: takeFlush,
    onPublished: noteCommits,
    onFailed: (error) => fail(error),
  })
  const snapshots = createSnapshots({
    log,
    store: deps.snapshots,
    clock,
    logger,
    metrics,
    everyMs: deps.snapshotEveryMs ?? 30_000,
    isSettled,
    settle: (partition, signal) => publisher.until(() => isSettled(partition), signal),
  })

  function takeFlush(): Flush | undefined {
    const batches = outbox.take()
    const changes = [...partitions.values()].flatMap(({ state }) => state.takeChanges())
    return batches.length + changes.length > 0 ? { batches, changes } : undefined
  }

  function noteCommits(flush: Flush): void {
    for (const { batch } of flush.batches) {
      const control = partitions.get(batch.partition)?.controls[batch.kind]
      if (control) committer.note(`${batch.kind} ${batch.partition}`, control, batch.last + 1)
    }
  }

  /** Nothing of a partition waits for the bus or is on its way. */
  function isSettled(partition: number): boolean {
    return (
      !outbox.holds(partition) &&
      !publisher.flying?.batches.some(({ batch }) => batch.partition === partition)
    )
  }

  function hasRoom(): boolean {
    return outbox.entries < backlogEntries && outbox.bytes < backlogBytes
  }

  async function assign(assignment: Assignment): Promise<ReadonlyMap<string, number>> {
    const { partition } = assignment
    const abort = new AbortController()
    const work = restorePartition({ ...deps, spanMs: windowMs, signal: abort.signal }, assignment)
    const mine = { work, abort }
    restoring.set(partition, mine)
    try {
      const state = await work
      // Taken away while it was being restored: whoever has it now does the same.
      if (restoring.get(partition) === mine) admit(partition, state)
      return new Map([
        [TOPICS.sensorsData.name, state.readings.next],
        [TOPICS.deviceStatus.name, state.status.next],
      ])
    } finally {
      if (restoring.get(partition) === mine) restoring.delete(partition)
    }
  }

  function admit(partition: number, state: PartitionState): void {
    outbox.open('readings', partition, state.readings.next - 1)
    outbox.open('status', partition, state.status.next - 1)
    const owned = { partition, state, controls: {}, gate: undefined }
    partitions.set(partition, owned)
    snapshots.watch(owned)
  }

  async function revoke(partition: number): Promise<void> {
    restoring.get(partition)?.abort.abort()
    restoring.delete(partition)
    const owned = partitions.get(partition)
    if (!owned) return
    await snapshots.takeLast(owned, AbortSignal.timeout(FAREWELL_MS))
    partitions.delete(partition)
    outbox.drop(partition)
  }

  async function work(batch: LogBatch, control: BatchControl): Promise<void> {
    const owned = partitions.get(batch.partition)
    const kind = KIND_OF[batch.topic]!
    if (!owned) return
    owned.controls[kind] = control
    let inTurn = 0
    for (const record of batch.records) {
      if (owned.gate || !hasRoom() || inTurn >= TURN_READINGS) {
        publisher.poke()
        if (!(await mayGoOn(owned, control, inTurn))) return
        inTurn = 0
      }
      inTurn += kind === 'readings' ? workReadings(owned, record) : workStatus(owned, record)
    }
    publisher.poke()
  }

  /** Waits for a running snapshot and for room, and lets others have a turn; false when the partition is gone. */
  async function mayGoOn(owned: LivePartition, { signal }: BatchControl, inTurn: number): Promise<boolean> {
    if (inTurn >= TURN_READINGS) await new Promise((resolve) => setImmediate(resolve))
    while (owned.gate) await owned.gate
    return (await publisher.until(hasRoom, signal)) && !signal.aborted
  }

  function workReadings({ partition, state }: LivePartition, record: LogRecord): number {
    const typed = record as LogRecord<ReadingsRecord>
    const { receivedAt, readings } = typed.value
    const shown: LiveEntry[] = []
    const device = state.applyReadings(typed, shown)
    outbox.add('readings', partition, record.offset, receivedAt, shown)
    if (changedByHearing(device, receivedAt)) hear(device, receivedAt)
    if (shown.length < readings.length) {
      metrics.readings.inc({ outcome: 'repeated' }, readings.length - shown.length)
    }
    return readings.length
  }

  function workStatus({ partition, state }: LivePartition, record: LogRecord): number {
    const typed = record as LogRecord<StatusRecord>
    const entry = state.applyStatus(typed)
    outbox.add('status', partition, record.offset, typed.value.timestamp, entry ? [entry] : [])
    return 1
  }

  return {
    name: 'live',
    async start(context) {
      fail = context.fail
      subscription = await log.subscribe({
        group: 'live',
        topics: [TOPICS.sensorsData, TOPICS.deviceStatus],
        maxRecords: 1_000,
        onAssigned: assign,
        onRevoked: revoke,
        onBatch: work,
      })
      subscription.failed.catch(fail)
      snapshots.start()
      // Assignments of a log within this process have begun by now: whoever starts after us finds the window full.
      await new Promise((resolve) => setImmediate(resolve))
      await Promise.allSettled([...restoring.values()].map(({ work }) => work))
    },
    async stop() {
      await subscription?.stop()
      for (const partition of [...partitions.keys()]) await revoke(partition)
      snapshots.stop()
      publisher.stop()
      await committer.flush()
    },
    health() {
      if (!hasRoom()) return { status: 'degraded', detail: 'the live bus is away: records wait in the log' }
      return { status: 'healthy' }
    },
  }
}
