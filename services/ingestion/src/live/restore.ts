import { type ReadingsRecord, type StatusRecord, TOPICS, type TopicContract } from '@iot/contracts'
import type {
  Assignment,
  Clock,
  EventLog,
  LiveBus,
  LiveEntry,
  LiveHeads,
  LogRecord,
  SnapshotStore,
} from '@iot/ports'
import type { Logger } from '@iot/runtime'
import { readingEntry, readingOf, statusEntry } from './live-entry.js'
import { hiddenKey, OffsetTrack } from './offset-track.js'
import { PartitionState } from './partition-state.js'
import { decodeSnapshot } from './state-snapshot.js'

/** The name under which `live` keeps its snapshots. */
export const SNAPSHOT_OWNER = 'live'
/** Records of one partition and topic that are read again at most when there is no snapshot. */
const REPLAY_LIMIT = 500_000
/** Records of one partition and topic that are put back into the window at most: about what 64 MiB of it hold. */
const REFILL_LIMIT = 50_000
const READ_BOUNDS = { maxRecords: 1_000, maxBytes: 4_194_304 }
const STATES_AT_ONCE = 500
/** How long a log may take to know its own end. */
const END_TRIES = 10
const END_PAUSE_MS = 500

const TOPIC_OF = { readings: TOPICS.sensorsData, status: TOPICS.deviceStatus } as const
type ReplayedKind = keyof typeof TOPIC_OF

export interface RestoreDeps {
  readonly log: EventLog
  readonly bus: LiveBus
  readonly snapshots: SnapshotStore
  readonly clock: Clock
  readonly logger: Logger
  readonly spanMs: number
  /** Aborts when the partition is taken away: from then on its new owner alone says how its devices are. */
  readonly signal: AbortSignal
  /** between two questions where a log that seems too short ends, ms */
  readonly endPauseMs?: number
}

/**
 * Builds the state of a partition that was assigned: from its snapshot, and from the log between the snapshot and
 * what is committed. Silent, but for the bus's window, which is filled again where it has lost its memory, and the
 * devices' states. Work goes on at `state.readings.next` and `state.status.next`.
 */
export async function restorePartition(deps: RestoreDeps, assignment: Assignment): Promise<PartitionState> {
  const { partition } = assignment
  const kept = await loadSnapshot(deps, assignment)
  const state =
    kept ??
    new PartitionState({ readings: new OffsetTrack(deps.spanMs), status: new OffsetTrack(deps.spanMs) })
  const heads = await deps.bus.heads()
  await refuseShrunkLog(deps, assignment, heads)
  for (const kind of ['readings', 'status'] as const) {
    const { name } = TOPIC_OF[kind]
    const until = Math.max(assignment.committed.get(name) ?? 0, state[kind].next)
    const isRemembered = heads.epoch === deps.log.epoch && (heads[kind].get(partition) ?? -1) >= until - 1
    if (!isRemembered && kept) await showAgain(deps, state, kind, partition)
    await replay(deps, state, kind, partition, until, !isRemembered)
    const head = { epoch: deps.log.epoch, kind, partition, before: until - 1, last: until - 1, entries: [] }
    await deps.bus.refill([head])
    state[kind].next = until
  }
  const states = state.takeAll()
  for (let at = 0; at < states.length; at += STATES_AT_ONCE) {
    deps.signal.throwIfAborted()
    await deps.bus.publish([], states.slice(at, at + STATES_AT_ONCE))
  }
  return state
}

/**
 * A log that ends before what was committed or shown of it is not the log that this was read from: its next records
 * would be taken for repeats, in silence. A leader that has just changed may need a moment to know its own end.
 */
async function refuseShrunkLog(
  { log, signal, endPauseMs = END_PAUSE_MS }: RestoreDeps,
  { partition, committed, ends }: Assignment,
  heads: LiveHeads,
): Promise<void> {
  for (const kind of ['readings', 'status'] as const) {
    const topic = TOPIC_OF[kind]
    const shown = heads.epoch === log.epoch ? (heads[kind].get(partition) ?? -1) + 1 : 0
    const needed = Math.max(shown, committed.get(topic.name) ?? 0)
    let end = ends.get(topic.name) ?? 0
    for (let tries = 0; end < needed && tries < END_TRIES; tries++) {
      await new Promise((resolve) => setTimeout(resolve, endPauseMs))
      signal.throwIfAborted()
      end = (await log.ranges(topic)).find((range) => range.partition === partition)?.end ?? 0
    }
    if (end < needed) throw new LogShrunk(topic.name, partition, end, needed)
  }
}

/** The operator's word is needed; see docs/troubleshooting.md. */
export class LogShrunk extends Error {
  readonly retriable = false

  constructor(topic: string, partition: number, end: number, needed: number) {
    super(
      `Partition ${partition} of ${topic} ends at ${end}, and ${needed} records of it were read before: the log was ` +
        'made anew, or is an older copy. Put it back, or give it a new identity (docs/troubleshooting.md).',
    )
    this.name = 'LogShrunk'
  }
}

async function loadSnapshot(
  { log, snapshots, logger, spanMs }: RestoreDeps,
  { partition, ends }: Assignment,
): Promise<PartitionState | undefined> {
  const snapshot = await snapshots.load(SNAPSHOT_OWNER, log.epoch, partition)
  if (!snapshot) return undefined
  const isAhead = Object.entries(snapshot.offsets).some(([topic, offset]) => offset > (ends.get(topic) ?? 0))
  const state = isAhead ? undefined : decodeSnapshot(snapshot, spanMs)
  if (!state) {
    const why = isAhead ? 'it knows more than the log holds' : 'it is of another version'
    logger.error({ partition, offsets: snapshot.offsets }, `a snapshot is left aside: ${why}`)
  }
  return state
}

/** Puts into the window what the snapshot's state holds already, as it was shown then. */
async function showAgain(
  deps: RestoreDeps,
  state: PartitionState,
  kind: ReplayedKind,
  partition: number,
): Promise<void> {
  const track = state[kind]
  const hidden = track.hidden()
  const from = Math.max(track.since(deps.clock.nowMs()), track.next - REFILL_LIMIT)
  await readRange(deps, kind, partition, from, track.next, async (records) => {
    const entries = records.flatMap((record) => shownOf(record, kind, state, hidden))
    await refill(deps, kind, partition, records, entries)
  })
}

/** Works the records up to `until` in, and puts them into the window where it has none of them. */
async function replay(
  deps: RestoreDeps,
  state: PartitionState,
  kind: ReplayedKind,
  partition: number,
  until: number,
  isRefilled: boolean,
): Promise<void> {
  const from = Math.max(state[kind].next, until - REPLAY_LIMIT)
  if (from > state[kind].next) {
    deps.logger.warn(
      { partition, kind, from, until },
      'the log is replayed in part only: there is no snapshot',
    )
  }
  await readRange(deps, kind, partition, from, until, async (records) => {
    const entries: LiveEntry[] = []
    for (const record of records) {
      if (kind === 'readings') {
        state.applyReadings(record as LogRecord<ReadingsRecord>, entries)
      } else {
        const entry = state.applyStatus(record as LogRecord<StatusRecord>)
        if (entry) entries.push(entry)
      }
    }
    if (isRefilled) await refill(deps, kind, partition, records, entries)
  })
}

async function readRange(
  { log, signal }: RestoreDeps,
  kind: ReplayedKind,
  partition: number,
  from: number,
  until: number,
  work: (records: readonly LogRecord[]) => Promise<void>,
): Promise<void> {
  const topic: TopicContract = TOPIC_OF[kind]
  for (let next = from; next < until; ) {
    signal.throwIfAborted()
    const read = await log.read<unknown>(topic, partition, next, READ_BOUNDS)
    const records = read.filter(({ offset }) => offset < until)
    if (records.length === 0) return
    await work(records)
    next = records.at(-1)!.offset + 1
  }
}

function shownOf(
  record: LogRecord,
  kind: ReplayedKind,
  state: PartitionState,
  hidden: ReadonlySet<string>,
): LiveEntry[] {
  const { partition, offset } = record
  if (kind === 'readings') {
    const typed = record as LogRecord<ReadingsRecord>
    const location = typed.value.location ?? state.devices.get(typed.value.deviceId)?.location
    return typed.value.readings.flatMap((_, index) =>
      hidden.has(hiddenKey(offset, index)) ? [] : [readingEntry(readingOf(typed, index, location))],
    )
  }
  if (hidden.has(hiddenKey(offset, 0))) return []
  const { deviceId, status, timestamp } = (record as LogRecord<StatusRecord>).value
  return [statusEntry({ deviceId, status, timestamp, position: { partition, offset } })]
}

async function refill(
  { bus, log }: RestoreDeps,
  kind: ReplayedKind,
  partition: number,
  records: readonly LogRecord[],
  entries: readonly LiveEntry[],
): Promise<void> {
  const before = records[0]!.offset - 1
  const last = records.at(-1)!.offset
  await bus.refill([{ epoch: log.epoch, kind, partition, before, last, entries }])
}
