import type { LiveKind } from '@iot/contracts'
import type { LiveBatch, LiveEntry } from '@iot/ports'

/** Entries after which a batch is closed; a record is never split, so it may hold more. */
const BATCH_ENTRIES = 500

/** What waits to be published: per (kind, partition) the offsets and entries since the last batch. */
export class Outbox {
  readonly #epoch: () => string
  readonly #lanes = new Map<string, Lane>()
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
    this.#lanes.set(`${kind} ${partition}`, lane)
  }

  /** The record at `offset`, which came at `at` (ISO 8601), is covered, with these entries to show. */
  add(kind: LiveKind, partition: number, offset: number, at: string, entries: readonly LiveEntry[]): void {
    const lane = this.#lanes.get(`${kind} ${partition}`)!
    lane.oldestAt ??= at
    for (const entry of entries) {
      lane.entries.push(entry)
      this.#bytes += entry.json.length
    }
    this.#entries += entries.length
    lane.last = offset
    if (lane.entries.length >= BATCH_ENTRIES) this.#close(lane)
  }

  /** Everything that waits, as batches in order. */
  take(): WaitingBatch[] {
    const batches: WaitingBatch[] = []
    for (const lane of this.#lanes.values()) {
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
    for (const lane of this.#lanes.values()) {
      if (lane.partition === partition && (lane.last > lane.head || lane.closed.length > 0)) return true
    }
    return false
  }

  /** Forgets a partition, with what waits of it. */
  drop(partition: number): void {
    for (const [key, lane] of this.#lanes) {
      if (lane.partition !== partition) continue
      this.#lanes.delete(key)
      for (const { entries } of [...lane.closed.map(({ batch }) => batch), lane]) {
        this.#entries -= entries.length
        for (const { json } of entries) this.#bytes -= json.length
      }
    }
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
