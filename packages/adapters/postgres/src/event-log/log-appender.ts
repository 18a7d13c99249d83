import { Backoff, type EncodedValue } from '@iot/adapter-groups'
import { partitionOf, type TopicContract } from '@iot/contracts'
import { type Clock, LogError, type LogPlace } from '@iot/ports'
import type { ComponentReport, Logger } from '@iot/runtime'
import { type GatheredPart, Gathering, type PendingRecord, SpareLines } from './gathering.js'
import type { LogRetention } from './log-retention.js'
import type { LogTail, Segment } from './log-tail.js'
import type { LogWriter, WrittenSegment } from './log-writer.js'
import type { TopicRegistry } from './topic-registry.js'

/** What is known of a key: its partition, and how lines have it. */
interface Key {
  readonly key: string
  readonly partition: number
  /** as JSON, and a tab */
  readonly line: Buffer
}

/** SQLSTATE */
const DISK_FULL = '53100'
/** Keys that are remembered; beyond, all are forgotten and found anew. */
const REMEMBERED_KEYS = 20_000

export interface AppenderLimits {
  readonly lingerMs: number
  readonly maxFlushRecords: number
  /** bytes of JSON in one flush, at least one record */
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
  readonly #keys = new Map<string, Key>()
  readonly #spare = new SpareLines()
  /** the last one may be open still */
  #waiting: Gathering[] = []
  #timer: NodeJS.Timeout | undefined
  #flushing: Promise<void> | undefined
  #awaySinceMs: number | undefined
  #isDiskFull = false

  constructor(deps: AppenderDeps) {
    this.#deps = deps
  }

  /** Resolves when the record is durable; the promise is that of all records of its flush. */
  enqueue(topic: TopicContract, key: string, encoded: EncodedValue): Promise<void> {
    return this.#gather(topic, this.#key(key), encoded).written
  }

  append(topic: TopicContract, key: string, encoded: EncodedValue): Promise<LogPlace> {
    const known = this.#key(key)
    const { partition } = known
    const gathering = this.#gather(topic, known, encoded)
    const record = gathering.part(topic, partition).records.at(-1)!
    return gathering.written.then(() => ({ partition, offset: record.offset }))
  }

  report(): ComponentReport {
    if (this.#awaySinceMs === undefined) return this.#deps.retention.report()
    const seconds = Math.round((performance.now() - this.#awaySinceMs) / 1_000)
    const what = this.#isDiskFull ? 'room on the disk of the database' : 'the database'
    return { status: 'degraded', detail: `appends have waited for ${what} for ${seconds} s` }
  }

  /** Writes at once what waits, and resolves when it is answered. */
  async flush(): Promise<void> {
    while (this.#waiting.length > 0 || this.#flushing) {
      this.#begin()
      await this.#flushing
    }
  }

  /** Rejects what waits. */
  abandon(error: Error): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    for (const gathering of this.#waiting.splice(0)) gathering.reject(error)
  }

  #gather(topic: TopicContract, { key, partition, line }: Key, encoded: EncodedValue): Gathering {
    const { value, bytes, length } = encoded
    const gathering = this.#room(length)
    const timestampMs = this.#deps.clock.nowMs()
    const { records, sizes, lines } = gathering.part(topic, partition)
    records.push({ topic: topic.name, partition, offset: -1, key, timestampMs, value })
    sizes.push(length)
    // JSON holds neither tabs nor line ends of its own.
    lines.add(timestampMs, line, bytes, length)
    gathering.count += 1
    gathering.size += length
    this.#schedule()
    return gathering
  }

  /** The gathering that has room for so many bytes more. */
  #room(size: number): Gathering {
    const { maxFlushRecords, maxFlushBytes } = this.#deps.limits
    const last = this.#waiting.at(-1)
    if (last && last.count < maxFlushRecords && last.size + size <= maxFlushBytes) return last
    const gathering = new Gathering(this.#spare)
    this.#waiting.push(gathering)
    return gathering
  }

  #key(key: string): Key {
    let known = this.#keys.get(key)
    if (!known) {
      if (this.#keys.size >= REMEMBERED_KEYS) this.#keys.clear()
      const line = Buffer.from(`${JSON.stringify(key)}\t`)
      known = { key, partition: partitionOf(key, this.#deps.partitions), line }
      this.#keys.set(key, known)
    }
    return known
  }

  /** One timer per window; a full flush does not wait for it. */
  #schedule(): void {
    if (this.#flushing) return
    if (this.#isFull()) this.#begin()
    else this.#timer ??= setTimeout(() => this.#begin(), this.#lingerLeftMs())
  }

  /** What has waited its time during the flush before it goes at once: a timer takes a millisecond at least. */
  #goOn(): void {
    if (this.#lingerLeftMs() === 0) this.#begin()
    else this.#schedule()
  }

  #isFull(): boolean {
    return this.#waiting.length > 1 || this.#waiting[0]!.count >= this.#deps.limits.maxFlushRecords
  }

  #lingerLeftMs(): number {
    return Math.max(0, this.#waiting[0]!.beganMs + this.#deps.limits.lingerMs - performance.now())
  }

  #begin(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#flushing || this.#waiting.length === 0) return
    this.#flushing = this.#write(this.#waiting.shift()!).finally(() => {
      this.#flushing = undefined
      if (this.#waiting.length > 0) this.#goOn()
    })
  }

  async #write(gathering: Gathering): Promise<void> {
    const { tail, onAppended, onFenced } = this.#deps
    try {
      const segments = await this.#writeDurably(gathering)
      for (const { state, base, records, sizes } of segments) {
        state.end += records.length
        tail.push({ state, base, records, sizes })
      }
      gathering.resolve()
      const tell = () => {
        for (const segment of segments) onAppended(segment)
      }
      // What readers do with it takes as long as a flush: the next one is under way first, where records wait for it.
      if (this.#waiting.length > 0) setImmediate(tell)
      else tell()
    } catch (error) {
      gathering.reject(error as LogError)
      if ((error as LogError).code === 'LOG_FENCED') onFenced(error as LogError)
    } finally {
      gathering.release()
    }
  }

  /** Tries until the records are durable. Rejects with a LogError: fenced, closed, or tried for too long. */
  async #writeDurably(gathering: Gathering): Promise<readonly Segment[]> {
    const { writer, retention, limits, signal } = this.#deps
    const backoff = new Backoff({ firstMs: 100, longestMs: 2_000, signal })
    const beganMs = performance.now()
    let segments: readonly WrittenSegment[] | undefined
    for (;;) {
      try {
        const settled = await writer.settle()
        if (settled?.written) retention.lostCount()
        if (settled?.written && settled.segments === segments) return this.#back(segments)
        if (settled?.written) this.#skip(settled.segments)
        segments ??= await this.#segmentsOf(gathering)
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

  /** Gives every record its offset. */
  async #segmentsOf(gathering: Gathering): Promise<readonly WrittenSegment[]> {
    const { topics } = this.#deps
    for (const topic of gathering.topics()) {
      if (!topics.get(topic.name)) await topics.open(topic)
    }
    return gathering.parts.map(({ topic, partition, records, sizes, lines }: GatheredPart) => {
      const state = topics.get(topic.name)!.partitions[partition]!
      const base = state.end
      records.forEach((record: PendingRecord, at) => {
        record.offset = base + at
      })
      return { state, base, records, sizes, lines }
    })
  }

  /** Records whose appends were given up, and that turned out to be written: in the table, not in the tail. */
  #skip(segments: readonly Segment[]): void {
    for (const segment of segments) {
      segment.state.end += segment.records.length
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

function sizeOf(segments: readonly WrittenSegment[]): number {
  return segments.reduce((size, { lines }) => size + lines.length, 0)
}

function sqlStateOf(error: unknown): unknown {
  return error instanceof Error ? ((error.cause ?? error) as { code?: unknown }).code : undefined
}

function givenUp(error: unknown): LogError {
  return new LogError('LOG_UNAVAILABLE', 'the log could not be written for too long', { cause: error })
}
