import { LIVE_KINDS, TOPICS } from '@iot/contracts'
import type {
  AlertRuleStore,
  Assignment,
  BatchControl,
  Clock,
  DeviceStore,
  EventLog,
  LiveBus,
  LiveState,
  LogBatch,
  LogSubscription,
  SnapshotStore,
} from '@iot/ports'
import type { Component, ComponentContext, Logger, Metrics } from '@iot/runtime'
import { createLiveMetrics } from '../metrics.js'
import { Appends } from './alerts/appends.js'
import { createRuleFeed } from './alerts/rule-feed.js'
import { RulesInForce } from './alerts/rules-in-force.js'
import { createTimekeeper } from './alerts/timekeeper.js'
import { Committer } from './committer.js'
import { createHearing } from './hearing.js'
import type { LivePartition, WorkedKind } from './live-partition.js'
import { Outbox } from './outbox.js'
import { type Flush, Publisher } from './publisher.js'
import { TOPIC_OF } from './replay-log.js'
import { type RestoredPartition, restorePartition } from './restore.js'
import { Silence } from './silence.js'
import { createSiteSilence } from './site-silence.js'
import { createSnapshots } from './snapshots.js'
import { allChecks, type SystemWatchParts } from './system/all-checks.js'
import { createSystemWatch, SYSTEM_PARTITION } from './system/system-watch.js'
import { createWorker } from './worker.js'

export interface LivePipelineDeps {
  readonly log: EventLog
  readonly bus: LiveBus
  readonly snapshots: SnapshotStore
  readonly rules: Pick<AlertRuleStore, 'list' | 'listWindows' | 'version'>
  readonly devices: Pick<DeviceStore, 'listSites' | 'sitesVersion'>
  readonly maxDevices: number
  /** what it takes to watch over the system itself, too */
  readonly system?: SystemWatchParts | undefined
  /** how the devices of all partitions are, to tell when a whole site is silent; without it each speaks for itself */
  readonly state?: Pick<LiveState, 'get'> | undefined
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
  /** between two questions whether the rules have changed, ms */
  readonly rulesEveryMs?: number
  /** between two looks at what is due, ms */
  readonly tickEveryMs?: number
  /** between two looks at the system itself, ms */
  readonly watchEveryMs?: number
  /** between two looks at whole sites, ms */
  readonly sitesEveryMs?: number
}

/** Readings after which a long batch lets others have their turn. */
const TURN_READINGS = 1_000
/** Alert records of a partition on their way to the log; beyond, no more of its records are taken. */
const APPENDS_LIMIT = 1_000
/** How long a partition that is given away waits for the bus. The log gives it 5 s. */
const FAREWELL_MS = 2_000

const KIND_OF: Readonly<Record<string, WorkedKind>> = {
  [TOPICS.sensorsData.name]: 'readings',
  [TOPICS.deviceStatus.name]: 'status',
  [TOPICS.alerts.name]: 'alerts',
  [TOPICS.alertActions.name]: 'actions',
}
const KINDS = Object.values(KIND_OF)

/**
 * Readings, status changes and alerts from the log to the live bus: repeats left out, the newest of each sensor kept,
 * every event encoded once; and every decision about an alert, to the log. See `restorePartition` for how its state
 * survives.
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
    devices: () => sumOver(({ state }) => state.devices.size),
    rules: () => inForce.current.size,
    slots: () => sumOver(({ alerts }) => alerts.evaluation.slotCount),
  })
  const outbox = new Outbox(() => log.epoch)
  const work = createWorker({ outbox, metrics, hear: createHearing({ log, logger }) })
  const committer = new Committer({ everyMs: commitEveryMs, logger })
  const publisher = new Publisher({
    bus,
    clock,
    logger,
    metrics,
    lingerMs,
    take: takeFlush,
    onPublished: noteShown,
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
    async settle(owned, signal) {
      await owned.appends.room(1, signal)
      return publisher.until(() => isPublished(owned), signal)
    },
  })
  const inForce = new RulesInForce({
    logger,
    owned: (partition) => partitions.get(partition),
    onFailed: (error) => fail(error),
  })
  const feed = createRuleFeed({
    ...deps,
    everyMs: deps.rulesEveryMs,
    apply: (source, isCopy) => inForce.apply(source, isCopy, partitions.values()),
  })
  const timekeeper = createTimekeeper({
    ...deps,
    everyMs: deps.tickEveryMs,
    partitions: () => partitions.values(),
  })

  const watch = createSystemWatch({
    clock,
    logger,
    checks: deps.system ? allChecks(deps, deps.system) : [],
    everyMs: deps.watchEveryMs,
    owned: () => partitions.get(SYSTEM_PARTITION),
  })
  const sites = deps.state
    ? createSiteSilence({
        ...{ state: deps.state, clock, logger, everyMs: deps.sitesEveryMs },
        rules: () => inForce.current,
        partitions: () => partitions.values(),
        owned: (partition) => partitions.get(partition),
      })
    : undefined

  function sumOver(figure: (owned: LivePartition) => number): number {
    return [...partitions.values()].reduce((sum, owned) => sum + figure(owned), 0)
  }

  function takeFlush(): Flush | undefined {
    const batches = outbox.take()
    const changes = [...partitions.values()].flatMap(({ state }) => state.takeChanges())
    return batches.length + changes.length > 0 ? { batches, changes } : undefined
  }

  function noteShown(flush: Flush): void {
    for (const { batch } of flush.batches) {
      const owned = partitions.get(batch.partition)
      if (!owned) continue
      owned.done[batch.kind] = batch.last + 1
      noteCommit(owned, batch.kind)
    }
  }

  /** What was shown is committed as far as all that was decided by it is in the log. */
  function noteCommit(owned: LivePartition, kind: WorkedKind): void {
    const control = owned.controls[kind]
    const next = owned.appends.settledUpTo(kind, owned.done[kind] ?? 0)
    if (!control || next <= (owned.noted[kind] ?? 0)) return
    owned.noted[kind] = next
    committer.note(`${kind} ${owned.partition}`, control, next)
  }

  /** Nothing of a partition waits for the bus or is on its way there. */
  function isPublished({ partition }: LivePartition): boolean {
    return (
      !outbox.holds(partition) &&
      !publisher.flying?.batches.some(({ batch }) => batch.partition === partition)
    )
  }

  function isSettled(owned: LivePartition): boolean {
    return isPublished(owned) && owned.appends.count === 0
  }

  function hasRoom(): boolean {
    return outbox.entries < backlogEntries && outbox.bytes < backlogBytes
  }

  async function assign(assignment: Assignment): Promise<ReadonlyMap<string, number>> {
    const { partition } = assignment
    const abort = new AbortController()
    const rules = () => inForce.current
    const work = restorePartition({ ...deps, rules, spanMs: windowMs, signal: abort.signal }, assignment)
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
    const appends = new Appends({
      log,
      clock,
      logger,
      metrics,
      onDurable: () => {
        for (const kind of KINDS) noteCommit(owned, kind)
      },
    })
    const place = { partition, state, alerts, appends }
    const owned: LivePartition = { ...place, controls: {}, done: {}, noted: {}, gate: undefined }
    partitions.set(partition, owned)
    snapshots.watch(owned)
    alerts.held.isWatched = sites !== undefined
    alerts.begin(appends, aliveMs)
    const silence = new Silence({ log, logger, state, timers: alerts.timers, rules: () => inForce.current })
    silence.begin(aliveMs, Number.isFinite(aliveMs) ? Math.max(0, clock.nowMs() - aliveMs) : 0)
    inForce.sweep(owned)
    publisher.poke()
  }

  async function revoke(partition: number): Promise<void> {
    restoring.get(partition)?.abort.abort()
    restoring.delete(partition)
    const owned = partitions.get(partition)
    if (!owned) return
    await snapshots.takeLast(owned, AbortSignal.timeout(FAREWELL_MS))
    partitions.delete(partition)
    owned.appends.drop()
    outbox.drop(partition)
  }

  async function workBatch(batch: LogBatch, control: BatchControl): Promise<void> {
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
    noteCommit(owned, 'actions')
    publisher.poke()
  }

  /** Waits for a running snapshot and for room, and lets others have a turn; false when the partition is gone. */
  async function mayGoOn(owned: LivePartition, { signal }: BatchControl, inTurn: number): Promise<boolean> {
    if (inTurn >= TURN_READINGS) await new Promise((resolve) => setImmediate(resolve))
    await owned.appends.room(APPENDS_LIMIT, signal)
    while (owned.gate) await owned.gate
    return (await publisher.until(hasRoom, signal)) && !signal.aborted
  }

  return {
    name: 'live',
    async start(context) {
      fail = context.fail
      await feed.start()
      subscription = await log.subscribe({
        group: 'live',
        topics: [TOPICS.sensorsData, TOPICS.deviceStatus, TOPICS.alerts, TOPICS.alertActions],
        maxRecords: 1_000,
        onAssigned: assign,
        onRevoked: revoke,
        onBatch: workBatch,
      })
      subscription.failed.catch(fail)
      snapshots.start()
      timekeeper.start()
      watch.start()
      // Assignments of a log within this process have begun by now: whoever starts after us finds the window full.
      await new Promise((resolve) => setImmediate(resolve))
      await Promise.allSettled([...restoring.values()].map(({ work }) => work))
      // The states of all are known by now where they lie in this process.
      sites?.start()
    },
    async stop() {
      feed.stop()
      watch.stop()
      sites?.stop()
      timekeeper.stop()
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

/** Where work goes on, per topic. */
function nextOf({ state }: RestoredPartition): ReadonlyMap<string, number> {
  const next = LIVE_KINDS.map((kind) => [TOPIC_OF[kind].name, state[kind].next] as const)
  return new Map([...next, [TOPICS.alertActions.name, state.actionsNext]])
}
