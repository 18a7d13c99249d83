import type { LogRecord } from '@iot/ports'
import type { PartitionState } from './topic-registry.js'

/** The records that one flush appended to one partition. */
export interface Segment {
  readonly state: PartitionState
  readonly base: number
  readonly records: readonly LogRecord[]
  /** bytes of each value's JSON */
  readonly sizes: readonly number[]
}

/** An estimate of what a record costs in memory: its objects take about twice their text. */
const COST_OF_A_BYTE = 2
const BYTES_PER_RECORD = 250

/**
 * The newest records of all partitions, so that groups that keep up never ask the database. Bounded by
 * an estimate of its memory; the oldest segments go first. Filled after their commit alone.
 */
export class LogTail {
  readonly #maxBytes: number
  readonly #order: Segment[] = []
  readonly #byPartition = new Map<PartitionState, Segment[]>()
  #bytes = 0

  constructor(deps: { maxBytes: number }) {
    this.#maxBytes = deps.maxBytes
  }

  push(segment: Segment): void {
    const segments = this.#byPartition.get(segment.state)
    if (segments) segments.push(segment)
    else this.#byPartition.set(segment.state, [segment])
    this.#order.push(segment)
    this.#bytes += costOf(segment)
    while (this.#bytes > this.#maxBytes) this.#dropOldest()
  }

  /** Forgets a partition, where records were written that are not here: a tail has no holes. */
  forget(state: PartitionState): void {
    for (const segment of this.#byPartition.get(state) ?? []) {
      this.#order.splice(this.#order.indexOf(segment), 1)
      this.#bytes -= costOf(segment)
    }
    this.#byPartition.delete(state)
  }

  /** Records from an offset on; undefined where the tail does not reach back to it. */
  read(
    state: PartitionState,
    fromOffset: number,
    bounds: { maxRecords: number; maxBytes: number },
  ): LogRecord[] | undefined {
    const segments = this.#byPartition.get(state)
    if (!segments || segments.length === 0 || segments[0]!.base > fromOffset) return undefined
    const records: LogRecord[] = []
    let bytes = 0
    for (let at = findSegment(segments, fromOffset); at < segments.length; at++) {
      const segment = segments[at]!
      for (let n = Math.max(0, fromOffset - segment.base); n < segment.records.length; n++) {
        bytes += segment.sizes[n]!
        if (records.length > 0 && (records.length >= bounds.maxRecords || bytes > bounds.maxBytes))
          return records
        records.push(segment.records[n]!)
      }
    }
    return records
  }

  #dropOldest(): void {
    const segment = this.#order.shift()!
    this.#byPartition.get(segment.state)!.shift()
    this.#bytes -= costOf(segment)
  }
}

function costOf(segment: Segment): number {
  return segment.sizes.reduce((cost, size) => cost + BYTES_PER_RECORD + size * COST_OF_A_BYTE, 0)
}

/** Index of the last segment that begins at or before the offset. */
function findSegment(segments: readonly Segment[], offset: number): number {
  let low = 0
  let high = segments.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (segments[middle]!.base <= offset) low = middle
    else high = middle - 1
  }
  return low
}
