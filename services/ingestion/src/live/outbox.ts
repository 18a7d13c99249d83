import type { LiveKind } from '@iot/contracts'
import type { LiveBatch, LiveEntry } from '@iot/ports'

/** Entries after which a batch is closed; a record is never split, so it may hold more. */
const BATCH_ENTRIES = 500

/** What waits to be published: per (kind, partition) the offsets and entries since the last batch. */
export class Outbox {
  readonly #epoch: () => string
  /** in the order in which they were opened */
  readonly #lanes = new Set<Lane>()
  readonly #byPartition: Record<LiveKind, Map<number, Lane>> = {
    readings: new Map(),
    status: new Map(),
    alerts: new Map(),
  }
  #entries = 0
  #bytes = 0

  constructor(epoch: () => string) {
    this.#epoch = epoch
  }

  get entries(): number {
    return this.#entries
  }

  /** Characters of the entries' text. */
  get bytes(): number {
    return this.#bytes
  }

  /** Says where a partition stands: `head` is the last offset that needs no publishing. */
  open(kind: LiveKind, partition: number, head: number): void {
    const lane: Lane = { kind, partition, head, last: head, oldestAt: undefined, entries: [], closed: [] }
    const earlier = this.#byPartition[kind].get(partition)
    if (earlier) this.#lanes.delete(earlier)
    this.#byPartition[kind].set(partition, lane)
    this.#lanes.add(lane)
  }

  /** The record at `offset`, which came at `at` (ISO 8601), is covered, with these entries to show. */
  add(kind: LiveKind, partition: number, offset: number, at: string, entries: readonly LiveEntry[]): void {
    const waiting = this.waiting(kind, partition)
    const from = waiting.length
    for (const entry of entries) waiting.push(entry)
    this.cover(kind, partition, offset, at, from)
  }

  /**
   * What the next batch of a partition holds so far. Whoever has entries for nearly every record puts them at its end, and
   * then covers the record: a list of each record’s own is more memory than the entry in it.
   */
  waiting(kind: LiveKind, partition: number): LiveEntry[] {
    return this.#laneOf(kind, partition).entries
  }

  /** The record is covered, with what waits from `from` on to show. */
  cover(kind: LiveKind, partition: number, offset: number, at: string, from: number): void {
    const lane = this.#laneOf(kind, partition)
    const { entries } = lane
    lane.oldestAt ??= at
    for (let n = from; n < entries.length; n++) this.#bytes += entries[n]!.json.length
    this.#entries += entries.length - from
    lane.last = offset
    if (entries.length >= BATCH_ENTRIES) this.#close(lane)
  }

  /** Everything that waits, as batches in order. */
  take(): WaitingBatch[] {
    const batches: WaitingBatch[] = []
    for (const lane of this.#lanes) {
      if (lane.last > lane.head) this.#close(lane)
      batches.push(...lane.closed)
      lane.closed = []
    }
    this.#entries = 0
    this.#bytes = 0
    return batches
  }

  /** Whether something of a partition waits. */
  holds(partition: number): boolean {
    for (const lane of this.#lanes) {
      if (lane.partition === partition && (lane.last > lane.head || lane.closed.length > 0)) return true
    }
    return false
  }

  /** Forgets a partition, with what waits of it. */
  drop(partition: number): void {
    for (const lane of this.#lanes) {
      if (lane.partition !== partition) continue
      this.#lanes.delete(lane)
      this.#byPartition[lane.kind].delete(partition)
      for (const { entries } of [...lane.closed.map(({ batch }) => batch), lane]) {
        this.#entries -= entries.length
        for (const { json } of entries) this.#bytes -= json.length
      }
    }
  }

  #laneOf(kind: LiveKind, partition: number): Lane {
    return this.#byPartition[kind].get(partition)!
  }

  #close(lane: Lane): void {
    const { kind, partition, head, last, entries } = lane
    const batch = { epoch: this.#epoch(), kind, partition, before: head, last, entries }
    lane.closed.push({ batch, oldestAt: lane.oldestAt! })
    lane.head = last
    lane.oldestAt = undefined
    lane.entries = []
  }
}

export interface WaitingBatch {
  readonly batch: LiveBatch
  /** when its oldest record came, ISO 8601 */
  readonly oldestAt: string
}

interface Lane {
  readonly kind: LiveKind
  readonly partition: number
  /** the last offset of a closed batch */
  head: number
  last: number
  oldestAt: string | undefined
  entries: LiveEntry[]
  closed: WaitingBatch[]
}
