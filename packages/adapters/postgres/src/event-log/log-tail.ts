import type { LogRecord } from '@iot/ports'
import type { PartitionState } from './topic-registry.js'

/** A record in memory: as the text that was written, and once somebody has read it, decoded. */
export interface TailEntry {
  readonly key: string
  readonly timestampMs: number
  /** characters of its value's JSON */
  readonly size: number
  /** JSON of its value; given up once it is decoded */
  text: string
  record: LogRecord | undefined
}

/** The records that one flush appended to one partition. */
export interface Segment {
  readonly state: PartitionState
  readonly base: number
  readonly entries: TailEntry[]
}

/** An estimate of what a record costs in memory once it is decoded: objects take about three times their text. */
const BYTES_PER_CHARACTER = 3
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
      const { base, entries } = segments[at]!
      for (let n = Math.max(0, fromOffset - base); n < entries.length; n++) {
        const entry = entries[n]!
        bytes += entry.size
        if (records.length > 0 && (records.length >= bounds.maxRecords || bytes > bounds.maxBytes))
          return records
        records.push(decode(state, base + n, entry))
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
  return segment.entries.reduce((cost, { size }) => cost + BYTES_PER_RECORD + size * BYTES_PER_CHARACTER, 0)
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

function decode(state: PartitionState, offset: number, entry: TailEntry): LogRecord {
  if (!entry.record) {
    const { key, timestampMs } = entry
    const value = JSON.parse(entry.text) as unknown
    entry.record = { topic: state.topic, partition: state.partition, offset, key, timestampMs, value }
    entry.text = ''
  }
  return entry.record
}
