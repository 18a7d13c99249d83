import {
  type AlertRecord,
  type LiveKind,
  type ReadingsRecord,
  type StatusRecord,
  TOPICS,
  type TopicContract,
} from '@iot/contracts'
import type { LiveEntry, LogRecord } from '@iot/ports'
import type { PartitionAlerts } from './alerts/partition-alerts.js'
import type { StatusTimeline } from './alerts/status-timeline.js'
import { alertEntry, readingEntry, readingOf, statusEntry } from './live-entry.js'
import { hiddenKey } from './offset-track.js'
import type { PartitionState } from './partition-state.js'
import type { RestoreDeps } from './restore.js'

/** Records of one partition and topic that are read again at most when there is no snapshot. */
const REPLAY_LIMIT = 500_000
/** Records of one partition and topic that are put back into the window at most: about what 64 MiB of it hold. */
const REFILL_LIMIT = 50_000
const READ_BOUNDS = { maxRecords: 1_000, maxBytes: 4_194_304 }

export const TOPIC_OF: Readonly<Record<LiveKind, TopicContract>> = {
  readings: TOPICS.sensorsData,
  status: TOPICS.deviceStatus,
  alerts: TOPICS.alerts,
}

type ReplayDeps = Pick<RestoreDeps, 'log' | 'bus' | 'clock' | 'logger' | 'signal'>

/** A partition while it is being restored. */
export interface Replayed {
  readonly partition: number
  readonly state: PartitionState
  readonly alerts: PartitionAlerts
  /** how bad readings were when they were shown first */
  readonly timeline: StatusTimeline
}

/** Puts into the window what the snapshot's state holds already, as it was shown then. */
export async function showAgain(deps: ReplayDeps, known: Replayed, kind: LiveKind): Promise<void> {
  const track = known.state[kind]
  const hidden = track.hidden()
  const from = Math.max(track.since(deps.clock.nowMs()), track.next - REFILL_LIMIT)
  await readRange(deps, known.partition, kind, from, track.next, async (records) => {
    const entries = records.flatMap((record) => shownOf(record, kind, known, hidden))
    await refill(deps, kind, records, entries)
  })
}

/**
 * Works the records up to `until` in, and puts them into the window where it has none of them. Answers when the newest
 * of them was appended; -Infinity: there was none.
 */
export async function replay(
  deps: ReplayDeps,
  known: Replayed,
  kind: LiveKind,
  until: number,
  isRefilled: boolean,
): Promise<number> {
  const { state, partition } = known
  const from = Math.max(state[kind].next, until - REPLAY_LIMIT)
  if (from > state[kind].next) {
    deps.logger.warn(
      { partition, kind, from, until },
      'the log is replayed in part only: there is no snapshot',
    )
  }
  let newestMs = Number.NEGATIVE_INFINITY
  await readRange(deps, partition, kind, from, until, async (records) => {
    const entries: LiveEntry[] = []
    for (const record of records) apply(record, kind, known, entries)
    newestMs = records.at(-1)!.timestampMs
    if (isRefilled) await refill(deps, kind, records, entries)
  })
  return newestMs
}

/** What the log holds of alerts beyond what has been shown: it is expected, and worked in when its turn comes. */
export async function readAhead(
  deps: ReplayDeps,
  { state, alerts, timeline, partition }: Replayed,
): Promise<void> {
  await readRange(deps, partition, 'alerts', state.alerts.next, Number.POSITIVE_INFINITY, async (records) => {
    for (const { value } of records as readonly LogRecord<AlertRecord>[]) {
      alerts.expect(value)
      if (value.kind === 'transition') timeline.add(value)
    }
  })
  timeline.addActive(alerts.book.active())
}

function apply(record: LogRecord, kind: LiveKind, known: Replayed, entries: LiveEntry[]): void {
  const { state, alerts, timeline } = known
  if (kind === 'readings') {
    state.applyReadings(record as LogRecord<ReadingsRecord>, entries)
    return
  }
  const entry =
    kind === 'status'
      ? state.applyStatus(record as LogRecord<StatusRecord>)
      : alerts.applyRecord(record as LogRecord<AlertRecord>)
  if (!entry) return
  entries.push(entry)
  const { value } = record as LogRecord<AlertRecord>
  if (kind === 'alerts' && value.kind === 'transition') timeline.add(value)
}

function shownOf(
  record: LogRecord,
  kind: LiveKind,
  { state, timeline }: Replayed,
  hidden: ReadonlySet<string>,
): LiveEntry[] {
  const { partition, offset } = record
  if (kind === 'readings') {
    const typed = record as LogRecord<ReadingsRecord>
    const { deviceId, readings } = typed.value
    const location = typed.value.location ?? state.devices.get(deviceId)?.location
    return readings.flatMap(({ sensorType }, index) => {
      if (hidden.has(hiddenKey(offset, index))) return []
      const status = timeline.statusAt(deviceId, sensorType, offset)
      return [readingEntry(readingOf(typed, index, location, status))]
    })
  }
  if (hidden.has(hiddenKey(offset, 0))) return []
  if (kind === 'status') {
    const { deviceId, status, timestamp } = (record as LogRecord<StatusRecord>).value
    return [statusEntry({ deviceId, status, timestamp, position: { partition, offset } })]
  }
  const { value } = record as LogRecord<AlertRecord>
  if (value.kind !== 'transition') return []
  timeline.add(value)
  return [alertEntry({ ...record, value })]
}

async function readRange(
  { log, signal }: ReplayDeps,
  partition: number,
  kind: LiveKind,
  from: number,
  until: number,
  work: (records: readonly LogRecord[]) => Promise<void>,
): Promise<void> {
  for (let next = from; next < until; ) {
    signal.throwIfAborted()
    const read = await log.read<unknown>(TOPIC_OF[kind], partition, next, READ_BOUNDS)
    const records = read.filter(({ offset }) => offset < until)
    if (records.length === 0) return
    await work(records)
    next = records.at(-1)!.offset + 1
  }
}

async function refill(
  { bus, log }: ReplayDeps,
  kind: LiveKind,
  records: readonly LogRecord[],
  entries: readonly LiveEntry[],
): Promise<void> {
  const { partition, offset: first } = records[0]!
  const last = records.at(-1)!.offset
  await bus.refill([{ epoch: log.epoch, kind, partition, before: first - 1, last, entries }])
}
