import type { DeviceStateChange } from '@iot/ports'
import type { Committer } from './committer.js'
import { type LivePartition, WORKED_KINDS, type WorkedKind } from './live-partition.js'
import type { Flush } from './publisher.js'

/** The partitions that are this member's, and how far each may be committed. */
export class OwnedPartitions {
  readonly #committer: Pick<Committer, 'note'>
  readonly #owned = new Map<number, LivePartition>()

  constructor(deps: { committer: Pick<Committer, 'note'> }) {
    this.#committer = deps.committer
  }

  get(partition: number): LivePartition | undefined {
    return this.#owned.get(partition)
  }

  all(): Iterable<LivePartition> {
    return this.#owned.values()
  }

  add(owned: LivePartition): void {
    this.#owned.set(owned.partition, owned)
  }

  remove({ partition }: LivePartition): void {
    this.#owned.delete(partition)
  }

  sumOver(figure: (owned: LivePartition) => number): number {
    return [...this.#owned.values()].reduce((sum, owned) => sum + figure(owned), 0)
  }

  /** How devices are whose state has changed since the last time. */
  takeChanges(): DeviceStateChange[] {
    return [...this.#owned.values()].flatMap(({ state }) => state.takeChanges())
  }

  /** The bus has it. */
  noteShown({ batches }: Flush): void {
    for (const { batch } of batches) {
      const owned = this.#owned.get(batch.partition)
      if (!owned) continue
      owned.done[batch.kind] = batch.last + 1
      this.noteCommit(owned, batch.kind)
    }
  }

  /** More of what was decided in a partition is in the log. */
  noteDurable(owned: LivePartition): void {
    for (const kind of WORKED_KINDS) this.noteCommit(owned, kind)
  }

  /** What was shown is committed as far as all that was decided by it is in the log. */
  noteCommit(owned: LivePartition, kind: WorkedKind): void {
    const control = owned.controls[kind]
    const next = owned.appends.settledUpTo(kind, owned.done[kind] ?? 0)
    if (!control || next <= (owned.noted[kind] ?? 0)) return
    owned.noted[kind] = next
    this.#committer.note(`${kind} ${owned.partition}`, control, next)
  }
}
