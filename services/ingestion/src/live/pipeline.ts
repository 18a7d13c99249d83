import { TOPICS } from '@iot/contracts'
import type {
  AlertRuleStore,
  Clock,
  DeviceStore,
  EventLog,
  LiveBus,
  LiveState,
  LogSubscription,
  SnapshotStore,
} from '@iot/ports'
import type { Component, ComponentContext, Logger, Metrics } from '@iot/runtime'
import { createLiveMetrics } from '../metrics.js'
import { createRuleFeed } from './alerts/rule-feed.js'
import { RulesInForce } from './alerts/rules-in-force.js'
import { createTimekeeper } from './alerts/timekeeper.js'
import { createBatchWork } from './batch-work.js'
import { Committer } from './committer.js'
import { createHandover } from './handover.js'
import { createHearing } from './hearing.js'
import type { LivePartition } from './live-partition.js'
import { Outbox } from './outbox.js'
import { OwnedPartitions } from './owned-partitions.js'
import { type Flush, Publisher } from './publisher.js'
import { createSiteSilence } from './site-silence.js'
import { createSnapshots } from './snapshots.js'
import { allChecks, type SystemWatchParts } from './system/all-checks.js'
import { createSystemWatch, SYSTEM_PARTITION } from './system/system-watch.js'
import { createWorker } from './worker.js'

/** Between two commits where much is published. */
const EARLY_COMMIT_MS = 200

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
  /** between two commits, ms; where much is published a fifth of a second at most */
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

/**
 * Readings, status changes and alerts from the log to the live bus: repeats left out, the newest of each sensor kept,
 * every event encoded once; and every decision about an alert, to the log. See `restorePartition` for how its state
 * survives.
 */
export function createLivePipeline(deps: LivePipelineDeps): Component {
  const { log, bus, logger, clock, lingerMs = 25, commitEveryMs = 1_000 } = deps
  const { backlogEntries = 20_000, backlogBytes = 16_777_216, windowMs = 130_000 } = deps
  let subscription: LogSubscription | undefined
  let fail: ComponentContext['fail'] = () => {}

  const metrics = createLiveMetrics(deps.metrics, {
    backlogEntries: () => outbox.entries,
    lag: () => subscription?.lag() ?? 0,
    devices: () => partitions.sumOver(({ state }) => state.devices.size),
    rules: () => inForce.current.size,
    slots: () => partitions.sumOver(({ alerts }) => alerts.evaluation.slotCount),
  })
  const outbox = new Outbox(() => log.epoch)
  const committer = new Committer({
    everyMs: commitEveryMs,
    earlyMs: Math.min(commitEveryMs, EARLY_COMMIT_MS),
    logger,
  })
  const partitions = new OwnedPartitions({ committer })
  const find = (partition: number) => partitions.get(partition)
  const publisher = new Publisher({
    ...{ bus, clock, logger, metrics, lingerMs },
    take: takeFlush,
    onPublished: (flush) => partitions.noteShown(flush),
    onFailed: (error) => fail(error),
  })
  const snapshots = createSnapshots({
    ...{ log, store: deps.snapshots, clock, logger, metrics },
    everyMs: deps.snapshotEveryMs ?? 30_000,
    isSettled: (owned) => isPublished(owned) && owned.appends.count === 0,
    async settle(owned, signal) {
      await owned.appends.room(1, signal)
      return publisher.until(() => isPublished(owned), signal)
    },
  })
  const inForce = new RulesInForce({ logger, owned: find, onFailed: (error) => fail(error) })
  const handover = createHandover({
    ...{ log, clock, logger, metrics, partitions, outbox, publisher, snapshots, inForce },
    restore: { log, bus, snapshots: deps.snapshots, clock, logger, spanMs: windowMs },
    areSitesWatched: deps.state !== undefined,
  })
  const work = createWorker({ outbox, metrics, hear: createHearing({ log, logger }) })
  const workBatch = createBatchWork({ partitions, publisher, work, hasRoom })

  const feed = createRuleFeed({
    ...deps,
    everyMs: deps.rulesEveryMs,
    apply: (source, isCopy) => inForce.apply(source, isCopy, partitions.all()),
  })
  const timekeeper = createTimekeeper({
    ...deps,
    everyMs: deps.tickEveryMs,
    partitions: () => partitions.all(),
  })
  const watch = createSystemWatch({
    clock,
    logger,
    checks: deps.system ? allChecks(deps, deps.system) : [],
    everyMs: deps.watchEveryMs,
    owned: () => find(SYSTEM_PARTITION),
  })
  const sites = deps.state
    ? createSiteSilence({
        ...{ state: deps.state, clock, logger, everyMs: deps.sitesEveryMs },
        rules: () => inForce.current,
        partitions: () => partitions.all(),
        owned: find,
      })
    : undefined

  function takeFlush(): Flush | undefined {
    const batches = outbox.take()
    const changes = partitions.takeChanges()
    return batches.length + changes.length > 0 ? { batches, changes } : undefined
  }

  /** Nothing of a partition waits for the bus or is on its way there. */
  function isPublished({ partition }: LivePartition): boolean {
    return (
      !outbox.holds(partition) &&
      !publisher.flying?.batches.some(({ batch }) => batch.partition === partition)
    )
  }

  function hasRoom(): boolean {
    return outbox.entries < backlogEntries && outbox.bytes < backlogBytes
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
        onAssigned: handover.assign,
        onRevoked: handover.revoke,
        onBatch: workBatch,
      })
      subscription.failed.catch(fail)
      snapshots.start()
      timekeeper.start()
      watch.start()
      // Assignments of a log within this process have begun by now: whoever starts after us finds the window full.
      await new Promise((resolve) => setImmediate(resolve))
      await handover.restored()
      // The states of all are known by now where they lie in this process.
      sites?.start()
    },
    async stop() {
      feed.stop()
      watch.stop()
      sites?.stop()
      timekeeper.stop()
      await subscription?.stop()
      await handover.revokeAll()
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
