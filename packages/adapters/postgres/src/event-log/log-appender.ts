import { partitionOf, type TopicContract } from '@iot/contracts'
import { type Clock, LogError, type LogPlace } from '@iot/ports'
import type { ComponentReport, Logger } from '@iot/runtime'
import { Backoff } from './backoff.js'
import type { LogRetention } from './log-retention.js'
import type { LogTail, Segment, TailEntry } from './log-tail.js'
import type { LogWriter } from './log-writer.js'
import type { PartitionState, TopicRegistry } from './topic-registry.js'

interface Append {
  readonly topic: TopicContract
  readonly partition: number
  readonly entry: TailEntry
  offset: number
  resolve(place: LogPlace): void
  reject(error: Error): void
}

/** SQLSTATE */
const DISK_FULL = '53100'
/** Keys whose partition is remembered; beyond, all are forgotten and found anew. */
const REMEMBERED_KEYS = 20_000

export interface AppenderLimits {
  readonly lingerMs: number
  readonly maxFlushRecords: number
  /** characters of JSON in one flush, at least one record */
  readonly maxFlushBytes: number
  /** how long a flush is tried before its appends reject with `LOG_UNAVAILABLE` */
  readonly retryLimitMs: number
}

interface AppenderDeps {
  readonly partitions: number
  readonly topics: TopicRegistry
  readonly writer: LogWriter
  readonly tail: LogTail
  readonly retention: LogRetention
  readonly clock: Clock
  readonly log: Logger
  readonly limits: AppenderLimits
  /** aborts when nothing is waited for any more */
  readonly signal: AbortSignal
  onAppended(segment: Segment): void
  onFenced(error: LogError): void
}

/**
 * Gathers appends for a linger window and writes them with one statement, one flush at a time. While
 * the database is away, appends stay open; how many is bounded by the callers.
 */
export class LogAppender {
  readonly #deps: AppenderDeps
  readonly #partitionOfKey = new Map<string, number>()
  #pending: Append[] = []
  #oldestAtMs = 0
  #timer: NodeJS.Timeout | undefined
  #flushing: Promise<void> | undefined
  #awaySinceMs: number | undefined
  #isDiskFull = false

  constructor(deps: AppenderDeps) {
    this.#deps = deps
  }

  append(topic: TopicContract, key: string, text: string): Promise<LogPlace> {
    const entry = { key, timestampMs: this.#deps.clock.nowMs(), size: text.length, text, record: undefined }
    return new Promise((resolve, reject) => {
      if (this.#pending.length === 0) this.#oldestAtMs = performance.now()
      this.#pending.push({ topic, partition: this.#partition(key), entry, offset: 0, resolve, reject })
      this.#schedule()
    })
  }

  report(): ComponentReport {
    if (this.#awaySinceMs === undefined) return this.#deps.retention.report()
    const seconds = Math.round((performance.now() - this.#awaySinceMs) / 1_000)
    const what = this.#isDiskFull ? 'room on the disk of the database' : 'the database'
    return { status: 'degraded', detail: `appends have waited for ${what} for ${seconds} s` }
  }

  /** Writes at once what waits, and resolves when it is answered. */
  async flush(): Promise<void> {
    while (this.#pending.length > 0 || this.#flushing) {
      this.#begin()
      await this.#flushing
    }
  }

  /** Rejects what waits. */
  abandon(error: Error): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    for (const append of this.#pending.splice(0)) append.reject(error)
  }

  #partition(key: string): number {
    let partition = this.#partitionOfKey.get(key)
    if (partition === undefined) {
      if (this.#partitionOfKey.size >= REMEMBERED_KEYS) this.#partitionOfKey.clear()
      partition = partitionOf(key, this.#deps.partitions)
      this.#partitionOfKey.set(key, partition)
    }
    return partition
  }

  /** One timer per window; a full flush does not wait for it. */
  #schedule(): void {
    if (this.#flushing) return
    if (this.#pending.length >= this.#deps.limits.maxFlushRecords) this.#begin()
    else this.#timer ??= setTimeout(() => this.#begin(), this.#lingerLeftMs())
  }

  #lingerLeftMs(): number {
    return Math.max(0, this.#oldestAtMs + this.#deps.limits.lingerMs - performance.now())
  }

  #begin(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#pending.length === 0) return
    this.#flushing ??= this.#write(this.#take()).finally(() => {
      this.#flushing = undefined
      if (this.#pending.length > 0) this.#schedule()
    })
  }

  #take(): Append[] {
    const { maxFlushRecords, maxFlushBytes } = this.#deps.limits
    let count = 0
    let size = 0
    for (const { entry } of this.#pending) {
      size += entry.size
      if (count > 0 && (count >= maxFlushRecords || size > maxFlushBytes)) break
      count += 1
    }
    const taken = this.#pending.slice(0, count)
    this.#pending = this.#pending.slice(count)
    this.#oldestAtMs = performance.now()
    return taken
  }

  async #write(appends: readonly Append[]): Promise<void> {
    const { tail, onAppended, onFenced } = this.#deps
    try {
      const segments = await this.#writeDurably(appends)
      for (const segment of segments) {
        segment.state.end += segment.entries.length
        tail.push(segment)
      }
      for (const { partition, offset, resolve } of appends) resolve({ partition, offset })
      for (const segment of segments) onAppended(segment)
    } catch (error) {
      for (const { reject } of appends) reject(error as LogError)
      if ((error as LogError).code === 'LOG_FENCED') onFenced(error as LogError)
    }
  }

  /** Tries until the records are durable. Rejects with a LogError: fenced, closed, or tried for too long. */
  async #writeDurably(appends: readonly Append[]): Promise<readonly Segment[]> {
    const { writer, retention, limits, signal } = this.#deps
    const backoff = new Backoff({ firstMs: 100, longestMs: 2_000, signal })
    const beganMs = performance.now()
    let segments: readonly Segment[] | undefined
    for (;;) {
      try {
        const settled = await writer.settle()
        if (settled?.written) retention.lostCount()
        if (settled?.written && settled.segments === segments) return this.#back(segments)
        if (settled?.written) this.#skip(settled.segments)
        segments ??= await this.#segmentsOf(appends)
        await retention.room(sizeOf(segments))
        if (!signal.aborted) {
          retention.wrote(await writer.append(segments), segments.length)
          return this.#back(segments)
        }
      } catch (error) {
        if (error instanceof LogError) throw error
        this.#away(error)
        if (performance.now() - beganMs > limits.retryLimitMs) throw givenUp(error)
        await backoff.pause()
      }
      if (signal.aborted) throw new LogError('LOG_UNAVAILABLE', 'the log was closed before the answer came')
    }
  }

  /** Gives every append its offset, and groups them by partition in the order in which they came. */
  async #segmentsOf(appends: readonly Append[]): Promise<readonly Segment[]> {
    const { topics } = this.#deps
    for (const topic of new Set(appends.map((append) => append.topic))) {
      if (!topics.get(topic.name)) await topics.open(topic)
    }
    const segments = new Map<PartitionState, Segment>()
    for (const append of appends) {
      const state = topics.get(append.topic.name)!.partitions[append.partition]!
      let segment = segments.get(state)
      if (!segment) {
        segment = { state, base: state.end, entries: [] }
        segments.set(state, segment)
      }
      append.offset = segment.base + segment.entries.length
      segment.entries.push(append.entry)
    }
    return [...segments.values()]
  }

  /** Records whose appends were given up, and that turned out to be written: in the table, not in the tail. */
  #skip(segments: readonly Segment[]): void {
    for (const segment of segments) {
      segment.state.end += segment.entries.length
      this.#deps.tail.forget(segment.state)
      this.#deps.onAppended(segment)
    }
  }

  #away(error: unknown): void {
    const { log } = this.#deps
    const [wasAway, wasFull] = [this.#awaySinceMs !== undefined, this.#isDiskFull]
    this.#awaySinceMs ??= performance.now()
    this.#isDiskFull = sqlStateOf(error) === DISK_FULL
    if (wasAway && wasFull === this.#isDiskFull) {
      log.debug({ err: error }, 'the log can’t be written yet')
    } else if (this.#isDiskFull) {
      log.error({ err: error }, 'the disk of the database is full: appends wait until there is room on it')
    } else log.warn({ err: error }, 'the log can’t be written: appends wait')
  }

  #back(segments: readonly Segment[]): readonly Segment[] {
    if (this.#awaySinceMs !== undefined) {
      const afterMs = Math.round(performance.now() - this.#awaySinceMs)
      this.#awaySinceMs = undefined
      this.#isDiskFull = false
      this.#deps.log.info({ afterMs }, 'the log is written again')
    }
    return segments
  }
}

function sizeOf(segments: readonly Segment[]): number {
  let size = 0
  for (const { entries } of segments) {
    // What a line holds beside the value: time, key, separators.
    for (const entry of entries) size += entry.size + entry.key.length + 20
  }
  return size
}

function sqlStateOf(error: unknown): unknown {
  return error instanceof Error ? ((error.cause ?? error) as { code?: unknown }).code : undefined
}

function givenUp(error: unknown): LogError {
  return new LogError('LOG_UNAVAILABLE', 'the log could not be written for too long', { cause: error })
}
