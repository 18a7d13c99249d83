import type { LogRecord } from '@iot/ports'
import type { TurnSource } from './group-source.js'

/** Records read ahead of the consumer, per topic and partition, at most (or one batch, where that is more). */
const PREFETCH_RECORDS = 500
const PREFETCH_BYTES = 1024 * 1024

/** Where a member stands in one topic and partition, with the records that were read ahead. */
export class TopicCursor {
  readonly topic: string
  /** how often another topic was served while this one had records */
  passedOver = 0
  readonly #source: TurnSource
  readonly #partition: number
  readonly #maxRecords: number
  #position: number
  #ahead: readonly LogRecord[] = []
  #taken = 0

  constructor(deps: {
    source: TurnSource
    topic: string
    partition: number
    fromOffset: number
    maxRecords: number
  }) {
    this.topic = deps.topic
    this.#source = deps.source
    this.#partition = deps.partition
    this.#maxRecords = deps.maxRecords
    this.#position = deps.fromOffset
  }

  /** The record to be handed out next; undefined at the end of the log. */
  peek(): LogRecord | undefined {
    return this.#ahead[this.#taken]
  }

  /** Reads ahead where nothing is left. Answers a promise only where the source has to fetch. */
  fill(): Promise<void> | undefined {
    if (this.#taken < this.#ahead.length) return undefined
    const { start, end } = this.#source.range(this.topic, this.#partition)
    if (this.#position < start) this.#position = start
    if (this.#position >= end) return undefined
    const records = this.#source.read(this.topic, this.#partition, this.#position, {
      maxRecords: Math.max(PREFETCH_RECORDS, this.#maxRecords),
      maxBytes: PREFETCH_BYTES,
    })
    if (records instanceof Promise) return records.then((fetched) => this.#takeSome(fetched))
    this.#takeSome(records)
    return undefined
  }

  /** The next batch. The same one until `advance`. */
  batch(): readonly LogRecord[] {
    if (this.#taken === 0 && this.#ahead.length <= this.#maxRecords) return this.#ahead
    return this.#ahead.slice(this.#taken, this.#taken + this.#maxRecords)
  }

  /** The batch was taken: go on behind it. */
  advance(records: readonly LogRecord[]): void {
    this.#taken += records.length
    this.#position = records.at(-1)!.offset + 1
    if (this.#taken === this.#ahead.length) this.#take([])
  }

  /** Retention may have overtaken the read: that is an error to be tried again, not the end of the log. */
  #takeSome(records: readonly LogRecord[]): void {
    if (records.length === 0)
      throw new Error(`${this.topic}/${this.#partition} has nothing at ${this.#position}`)
    this.#take(records)
  }

  #take(records: readonly LogRecord[]): void {
    this.#ahead = records
    this.#taken = 0
  }
}
