import type { TopicContract } from '@iot/contracts'

/**
 * The event log: topics of partitions of records, each at an offset; the one place where a reading is
 * durable before anything else happens to it. Kafka in the fleet, tables of PostgreSQL in all-in-one.
 *
 * Promises of every adapter:
 * - Order: records of one key are read in the order in which their `append` was called by one process.
 * - Offsets of a partition start at 0 and have no gaps; whoever has read offset n never later finds
 *   a record with an offset below n that was not there before.
 * - Durability: `append` resolves after the record survives `kill -9` of every process of ours
 *   (memory adapter: of none; it is for unit tests).
 * - Delivery: at least once to each group. A record whose offset was committed is not handed out again
 *   to that group, except where a commit's answer was lost.
 * - Values pass through their topic's schema: what does not fit is refused at `append` with
 *   `LOG_SCHEMA` and never written. What a consumer gets is a copy made from the written bytes, shared by
 *   the groups of a process: it must not be changed.
 */
export interface EventLog {
  /** Identity of this log. A new log, or another partition count, has another one. Valid after start. */
  readonly epoch: string

  /**
   * Appends one record and resolves with its place when it is durable. Appends called one after another
   * resolve in that order, also across topics and partitions. An adapter gathers appends for a few
   * milliseconds; while the log is slow, away or at its disk bound, the promise stays open (callers bound
   * what they have open). Rejects with a LogError: `LOG_SCHEMA` (never retry), `LOG_CLOSED`, `LOG_FENCED`
   * (another process has taken the log: end), `LOG_UNAVAILABLE` (finite retries are used up; whether the
   * record was written is unknown: append again).
   */
  append<Value>(topic: TopicContract, key: string, value: Value): Promise<LogPlace>

  /**
   * As `append`, for who does not ask for the place, where the log has a cheaper way: records that are written
   * together share one promise, which resolves or rejects for all of them. What `append` rejects with at once
   * is thrown.
   */
  enqueue?<Value>(topic: TopicContract, key: string, value: Value): Promise<void>

  /**
   * Does `work`, which appends and does not throw: at once, or where the next write is waited for anyway, when that is due or
   * some more are there. What comes in one by one and is done together costs a fraction. The order is that of the calls.
   */
  gather?(work: () => void): void

  /** Joins a group. Resolves when the member has joined; batches come until `stop`. */
  subscribe(consumer: LogConsumer): Promise<LogSubscription>

  /**
   * Reads from an old offset without a group: records from `fromOffset` on, in order, fewer than exist if
   * a bound is met (at least one if there is any), none at the end. An offset that retention has dropped
   * starts at the oldest kept: compare the first record's offset.
   */
  read<Value>(
    topic: TopicContract,
    partition: number,
    fromOffset: number,
    bounds: { maxRecords: number; maxBytes: number },
  ): Promise<LogRecord<Value>[]>

  /** The range of each partition: the oldest offset kept, and the next to be written. */
  ranges(topic: TopicContract): Promise<PartitionRange[]>

  /** What a group has committed: the next offset it wants, per partition; 0 where it never committed. */
  committed(group: string, topic: TopicContract): Promise<Map<number, number>>
}

export interface LogPlace {
  readonly partition: number
  readonly offset: number
}

export interface LogRecord<Value = unknown> extends LogPlace {
  readonly topic: string
  readonly key: string
  /** when it was appended, ms since 1970 */
  readonly timestampMs: number
  readonly value: Value
}

export interface PartitionRange {
  readonly partition: number
  readonly start: number
  readonly end: number
}

export interface LogConsumer {
  readonly group: string
  /**
   * Topics read together: partition n of every one of them goes to the same member. All members of a group
   * name the same topics; one that does not is refused with an Error.
   */
  readonly topics: readonly TopicContract[]
  /** records of one batch at most */
  readonly maxRecords: number
  /**
   * How long records may wait for others while more come all the time, ms; a log may hand them over sooner. Without it, the log
   * chooses for who shows them to people.
   */
  readonly patienceMs?: number
  /**
   * Partition n (of every topic) is this member's now. Awaited before its first batch. May answer offsets
   * to begin from, per topic name, instead of the committed ones (to rebuild state); they are clamped to
   * what the log still holds.
   */
  onAssigned?(assignment: Assignment): Promise<ReadonlyMap<string, number> | undefined>
  /** Partition n is no longer this member's: its last batch has ended, or has been told that it is stale. */
  onRevoked?(partition: number): Promise<void>
  /**
   * One batch: records of one topic and partition, in order. Batches of the same partition number come one
   * at a time, whatever their topic; those of different partitions side by side. When it rejects, the same
   * records come again after a pause (100 ms doubling to 5 s), to this member or the next owner; the other
   * partitions go on. An error with `retriable: false` ends the subscription: see `failed`.
   */
  onBatch(batch: LogBatch, control: BatchControl): Promise<void>
}

export interface Assignment {
  readonly partition: number
  /** next offset wanted by the group, per topic name */
  readonly committed: ReadonlyMap<string, number>
  /** end of the partition per topic name, as of now */
  readonly ends: ReadonlyMap<string, number>
}

export interface LogBatch {
  readonly topic: string
  readonly partition: number
  readonly records: readonly LogRecord[]
}

export interface BatchControl {
  /**
   * Says that everything of this batch's topic and partition below `nextOffset` has had its effect.
   * Resolves when that is durable. It may be called later than the batch, and never moves back. Of a
   * member that has lost the partition it rejects with `LOG_STALE` and changes nothing.
   */
  commit(nextOffset: number): Promise<void>
  /** True once the partition has been taken away: stop working on the batch. */
  isStale(): boolean
  /** Aborts when `isStale` becomes true, and on stop. */
  readonly signal: AbortSignal
}

export interface LogSubscription {
  /** Records that this member has not committed yet, over its partitions. */
  lag(): number
  /** Rejects when the subscription has ended by itself (a batch failed for good, the log is fenced); never resolves. */
  readonly failed: Promise<never>
  /** Leaves the group after the running batches have ended. Safe to call twice. */
  stop(): Promise<void>
}

export type LogErrorCode = 'LOG_SCHEMA' | 'LOG_CLOSED' | 'LOG_FENCED' | 'LOG_UNAVAILABLE' | 'LOG_STALE'

export class LogError extends Error {
  readonly code: LogErrorCode
  readonly retriable: boolean

  constructor(code: LogErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.name = 'LogError'
    this.code = code
    this.retriable = code === 'LOG_UNAVAILABLE'
  }
}
