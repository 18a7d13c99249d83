import { LIVE_KINDS, type LiveKind, TOPICS } from '@iot/contracts'
import type { Assignment, Clock, EventLog, LiveBus, LiveHeads, SnapshotStore } from '@iot/ports'
import type { Logger } from '@iot/runtime'
import { PartitionAlerts, type PartitionAlertsDeps } from './alerts/partition-alerts.js'
import { StatusTimeline } from './alerts/status-timeline.js'
import { loadAliveMs } from './alive.js'
import type { PartitionState } from './partition-state.js'
import { readAhead, replay, showAgain, TOPIC_OF } from './replay-log.js'
import { decodeSnapshot, type KnownPartition, newPartition } from './state-snapshot.js'

/** The name under which `live` keeps its snapshots. */
export const SNAPSHOT_OWNER = 'live'
const STATES_AT_ONCE = 500
/** How long a log may take to know its own end. */
const END_TRIES = 10
const END_PAUSE_MS = 500
/** What the log says of alerts comes first: by it the readings are judged again. */
const ORDER: readonly LiveKind[] = ['alerts', 'readings', 'status']

/** A partition as it was left; it decides nothing before its `alerts` begin. */
export interface RestoredPartition {
  readonly state: PartitionState
  readonly alerts: PartitionAlerts
  /** when it was last known to be looked after, ms since 1970; -Infinity: never */
  readonly aliveMs: number
}

export interface RestoreDeps extends Omit<PartitionAlertsDeps, 'state' | 'book'> {
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
 * what is committed; of alerts also from what lies ahead of that, so that nothing is decided twice. Silent, but for the
 * bus's window, which is filled again where it has lost its memory, and the devices' states. Work goes on at the `next`
 * of each kind.
 */
export async function restorePartition(
  deps: RestoreDeps,
  assignment: Assignment,
): Promise<RestoredPartition> {
  const { partition } = assignment
  const kept = await loadSnapshot(deps, assignment)
  const { state, book, aliveMs } = kept ?? newPartition(deps.spanMs)
  const heads = await deps.bus.heads()
  await refuseShrunkLog(deps, assignment, heads)
  const timeline = new StatusTimeline()
  const alerts = new PartitionAlerts({ ...deps, state, book }, timeline)
  const known = { state, alerts, timeline, partition }
  let lastMs = Math.max(aliveMs ?? Number.NEGATIVE_INFINITY, await loadAliveMs(deps, partition))
  for (const kind of ORDER) {
    const { name } = TOPIC_OF[kind]
    const until = Math.max(assignment.committed.get(name) ?? 0, state[kind].next)
    const isRemembered = heads.epoch === deps.log.epoch && (heads[kind].get(partition) ?? -1) >= until - 1
    if (!isRemembered && kept) await showAgain(deps, known, kind)
    const newestMs = await replay(deps, known, kind, until, !isRemembered)
    lastMs = Math.max(lastMs, newestMs)
    const head = { epoch: deps.log.epoch, kind, partition, before: until - 1, last: until - 1, entries: [] }
    await deps.bus.refill([head])
    state[kind].next = until
    if (kind === 'alerts') await readAhead(deps, known)
  }
  state.actionsNext = Math.max(state.actionsNext, assignment.committed.get(TOPICS.alertActions.name) ?? 0)
  const states = state.takeAll()
  for (let at = 0; at < states.length; at += STATES_AT_ONCE) {
    deps.signal.throwIfAborted()
    await deps.bus.publish([], states.slice(at, at + STATES_AT_ONCE))
  }
  return { state, alerts, aliveMs: lastMs }
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
  for (const kind of LIVE_KINDS) {
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
): Promise<KnownPartition | undefined> {
  const snapshot = await snapshots.load(SNAPSHOT_OWNER, log.epoch, partition)
  if (!snapshot) return undefined
  const isAhead = Object.entries(snapshot.offsets).some(([topic, offset]) => offset > (ends.get(topic) ?? 0))
  const known = isAhead ? undefined : decodeSnapshot(snapshot, spanMs)
  if (!known) {
    const why = isAhead ? 'it knows more than the log holds' : 'it is of another version'
    logger.error({ partition, offsets: snapshot.offsets }, `a snapshot is left aside: ${why}`)
  }
  return known
}
