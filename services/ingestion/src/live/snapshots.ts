import type { Clock, EventLog, SnapshotStore } from '@iot/ports'
import type { Logger } from '@iot/runtime'
import type { LiveMetrics } from '../metrics.js'
import { ALIVE_EVERY_MS, keepAlive } from './alive.js'
import type { LivePartition } from './live-partition.js'
import { SNAPSHOT_OWNER } from './restore.js'
import { encodeSnapshot } from './state-snapshot.js'

/** How long work in a partition may stand still for its snapshot; while the bus is away there is none. */
const SETTLE_LIMIT_MS = 1_000

export interface SnapshotsDeps {
  readonly log: EventLog
  readonly store: SnapshotStore
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: LiveMetrics
  readonly everyMs: number
  /** Whether all that was worked in of a partition has been published, and all that was decided is in the log. */
  isSettled(owned: LivePartition): boolean
  /** Waits for that; false when the signal came first. */
  settle(owned: LivePartition, signal: AbortSignal): Promise<boolean>
}

/**
 * Keeps snapshots of the partitions' states, one partition at a time. A snapshot holds nothing that has not been
 * published, and no decision that is not in the log: what comes again after it would be taken for a repeat and never be
 * shown, or judged.
 */
export function createSnapshots(deps: SnapshotsDeps) {
  const { log, store, clock, logger, metrics, everyMs } = deps
  const watched = new Map<LivePartition, { atMs: number; offsets: string }>()
  let timer: NodeJS.Timeout | undefined
  let isLooking = false
  let aliveMs = Number.NEGATIVE_INFINITY

  function offsetsOf({ state }: LivePartition): string {
    const { readings, status, alerts, actionsNext } = state
    return `${readings.next} ${status.next} ${alerts.next} ${actionsNext}`
  }

  async function look(): Promise<void> {
    if (isLooking) return
    isLooking = true
    for (const [owned, last] of watched) {
      const isDue = clock.nowMs() - last.atMs >= everyMs && last.offsets !== offsetsOf(owned)
      if (isDue) await take(owned, AbortSignal.timeout(SETTLE_LIMIT_MS))
    }
    if (clock.nowMs() - aliveMs >= ALIVE_EVERY_MS) {
      aliveMs = clock.nowMs()
      await keepAlive(deps, [...watched.keys()], aliveMs)
    }
    isLooking = false
  }

  async function take(owned: LivePartition, signal: AbortSignal): Promise<void> {
    const { partition, state, alerts } = owned
    let open: () => void = () => {}
    const gate = new Promise<void>((resolve) => {
      open = resolve
    })
    owned.gate = gate
    function openGate(): void {
      if (owned.gate === gate) owned.gate = undefined
      open()
    }
    try {
      const isSettled = await deps.settle(owned, signal)
      if (!isSettled || !deps.isSettled(owned)) return
      const offsets = offsetsOf(owned)
      const snapshot = encodeSnapshot(state, alerts.book, clock.nowMs())
      openGate()
      await store.save(SNAPSHOT_OWNER, log.epoch, partition, snapshot)
      if (watched.has(owned)) watched.set(owned, { atMs: clock.nowMs(), offsets })
      metrics.snapshots.inc({ outcome: 'kept' })
    } catch (error) {
      metrics.snapshots.inc({ outcome: 'failed' })
      logger.warn({ err: error, partition }, 'a snapshot could not be kept')
    } finally {
      openGate()
    }
  }

  return {
    start(): void {
      timer = setInterval(() => void look(), Math.min(everyMs, 5_000))
      timer.unref()
    },
    stop(): void {
      clearInterval(timer)
      watched.clear()
    },
    watch(owned: LivePartition): void {
      watched.set(owned, { atMs: clock.nowMs(), offsets: offsetsOf(owned) })
    },
    /** The last one of a partition that is given away. */
    async takeLast(owned: LivePartition, signal: AbortSignal): Promise<void> {
      const last = watched.get(owned)
      watched.delete(owned)
      if (last?.offsets !== offsetsOf(owned)) await take(owned, signal)
    },
  }
}
