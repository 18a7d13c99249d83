import { LIVE_KINDS, TOPICS } from '@iot/contracts'
import type { Assignment, Clock, EventLog } from '@iot/ports'
import type { Logger } from '@iot/runtime'
import type { LiveMetrics } from '../metrics.js'
import { absenceUntil } from './absence.js'
import { Appends } from './alerts/appends.js'
import type { RulesInForce } from './alerts/rules-in-force.js'
import type { LivePartition } from './live-partition.js'
import type { Outbox } from './outbox.js'
import type { OwnedPartitions } from './owned-partitions.js'
import type { Publisher } from './publisher.js'
import { TOPIC_OF } from './replay-log.js'
import { type RestoreDeps, type RestoredPartition, restorePartition } from './restore.js'
import { Silence } from './silence.js'
import type { createSnapshots } from './snapshots.js'

/** How long a partition that is given away waits for the bus. The log gives it 5 s. */
const FAREWELL_MS = 2_000

export interface HandoverDeps {
  readonly log: EventLog
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: LiveMetrics
  /** what the state of a partition is built from */
  readonly restore: Omit<RestoreDeps, 'rules' | 'signal'>
  readonly partitions: OwnedPartitions
  readonly outbox: Outbox
  readonly publisher: Publisher
  readonly snapshots: ReturnType<typeof createSnapshots>
  readonly inForce: RulesInForce
  /** whether somebody tells of sites that are silent as a whole */
  readonly areSitesWatched: boolean
}

/** How a partition comes to this member, with the state that its last owner left, and how it goes. */
export function createHandover(deps: HandoverDeps) {
  const { log, logger, clock, metrics, partitions, outbox, publisher, snapshots, inForce } = deps
  const restoring = new Map<number, { work: Promise<unknown>; abort: AbortController }>()
  const rules = () => inForce.current

  /** Answers where work goes on, per topic. */
  async function assign(assignment: Assignment): Promise<ReadonlyMap<string, number>> {
    const { partition } = assignment
    const abort = new AbortController()
    const work = restorePartition({ ...deps.restore, rules, signal: abort.signal }, assignment)
    const mine = { work, abort }
    restoring.set(partition, mine)
    try {
      const restored = await work
      // Taken away while it was being restored: whoever has it now does the same.
      if (restoring.get(partition) === mine) admit(partition, restored)
      return nextOf(restored)
    } finally {
      if (restoring.get(partition) === mine) restoring.delete(partition)
    }
  }

  function admit(partition: number, { state, alerts, aliveMs }: RestoredPartition): void {
    for (const kind of LIVE_KINDS) outbox.open(kind, partition, state[kind].next - 1)
    const onDurable = () => partitions.noteDurable(owned)
    const appends = new Appends({ log, clock, logger, metrics, onDurable })
    const place = { partition, state, alerts, appends }
    const owned: LivePartition = { ...place, controls: {}, done: {}, noted: {}, gate: undefined }
    partitions.add(owned)
    snapshots.watch(owned)
    alerts.held.isWatched = deps.areSitesWatched
    const absence = absenceUntil(clock.nowMs(), aliveMs)
    alerts.begin(appends, absence)
    const silence = new Silence({ log, logger, state, timers: alerts.timers, rules })
    silence.begin(absence)
    inForce.sweep(owned)
    publisher.poke()
  }

  async function revoke(partition: number): Promise<void> {
    restoring.get(partition)?.abort.abort()
    restoring.delete(partition)
    const owned = partitions.get(partition)
    if (!owned) return
    await snapshots.takeLast(owned, AbortSignal.timeout(FAREWELL_MS))
    partitions.remove(owned)
    owned.appends.drop()
    outbox.drop(partition)
  }

  return {
    assign,
    revoke,
    async revokeAll(): Promise<void> {
      for (const { partition } of [...partitions.all()]) await revoke(partition)
    },
    /** Waits until all that was assigned so far is there, or could not be had. */
    async restored(): Promise<void> {
      await Promise.allSettled([...restoring.values()].map(({ work }) => work))
    },
  }
}

function nextOf({ state }: RestoredPartition): ReadonlyMap<string, number> {
  const next = LIVE_KINDS.map((kind) => [TOPIC_OF[kind].name, state[kind].next] as const)
  return new Map([...next, [TOPICS.alertActions.name, state.actionsNext]])
}
