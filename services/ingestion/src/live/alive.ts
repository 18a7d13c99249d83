import type { EventLog, SnapshotStore } from '@iot/ports'
import type { Logger } from '@iot/runtime'

/** Under which it is kept when a partition was last looked after; its state may be older, where nothing has come. */
const OWNER = 'live-alive'
export const ALIVE_EVERY_MS = 10_000

/** What is counted by our clock goes on from here after a crash, not from the last snapshot. Never rejects. */
export async function keepAlive(
  { store, log, logger }: { store: SnapshotStore; log: Pick<EventLog, 'epoch'>; logger: Logger },
  owned: readonly { readonly partition: number }[],
  nowMs: number,
): Promise<void> {
  const snapshot = { offsets: { alive: nowMs }, state: '{}' }
  try {
    await Promise.all(owned.map(({ partition }) => store.save(OWNER, log.epoch, partition, snapshot)))
  } catch (error) {
    logger.debug({ err: error }, 'that the partitions are looked after could not be kept')
  }
}

/** When a partition was last looked after, as far as that was kept; -Infinity: it was not. */
export async function loadAliveMs(
  { snapshots, log }: { snapshots: SnapshotStore; log: Pick<EventLog, 'epoch'> },
  partition: number,
): Promise<number> {
  const snapshot = await snapshots.load(OWNER, log.epoch, partition)
  return snapshot?.offsets.alive ?? Number.NEGATIVE_INFINITY
}
