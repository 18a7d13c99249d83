import type { Snapshot, SnapshotStore } from '@iot/ports'

/** Snapshots in memory, for unit tests. */
export function createMemorySnapshotStore(): SnapshotStore {
  const kept = new Map<string, Snapshot>()
  const keyOf = (owner: string, epoch: string, partition: number) => JSON.stringify([owner, epoch, partition])
  return {
    async load(owner, epoch, partition) {
      return kept.get(keyOf(owner, epoch, partition))
    },
    async save(owner, epoch, partition, snapshot) {
      const key = keyOf(owner, epoch, partition)
      const before = kept.get(key)
      if (before && !isNewer(snapshot, before)) return false
      kept.set(key, { offsets: { ...snapshot.offsets }, state: snapshot.state })
      return true
    },
  }
}

/** Further in a topic, and in none behind. */
function isNewer(given: Snapshot, before: Snapshot): boolean {
  const behind = Object.entries(before.offsets).some(
    ([topic, offset]) => (given.offsets[topic] ?? -1) < offset,
  )
  const further = Object.entries(given.offsets).some(
    ([topic, offset]) => offset > (before.offsets[topic] ?? -1),
  )
  return further && !behind
}
