import { Backoff } from '@iot/adapter-groups'
import { partitionOf, type TopicContract } from '@iot/contracts'
import { type Clock, LogError, type LogPlace } from '@iot/ports'
import type { ComponentReport, Logger } from '@iot/runtime'
import type { Batch } from './log-writer.js'
import type { Names } from './names.js'
import { Outage } from './outage.js'
import { BEAT_MS, Pace } from './pace.js'
import { SharedAnswer } from './shared-answer.js'

interface Append {
  readonly topic: TopicContract
  readonly partition: number
  readonly key: string
  readonly text: string
  readonly timestampMs: number
  readonly answer: Answer
}

interface Answer {
  resolve(place: LogPlace): void
  reject(error: Error): void
}

/** Keys whose hash is remembered; beyond, all are forgotten and found anew. */
const REMEMBERED_KEYS = 20_000

/**
 * How many flushes are not spaced out after a rest. Only those count that carry several records: who writes one after the
 * other, each when the last is answered, would wait for nobody.
 */
const PACE = { everyMs: BEAT_MS, spared: 8 }
const SEVERAL = 2
/** Nor do many such writers wait for the beat: where nothing has come for so long, all may be waiting for their answers. */
const LULL_MS = 30
/** So much that was gathered is done together: a few milliseconds of the event loop, and most of what that can save. */
const GATHERED = 32
/** A timer may be this much early. */
const EARLY_MS = 1

export interface AppenderLimits {
  readonly lingerMs: number
  readonly maxFlushRecords: number
  /** characters of JSON in one flush, at least one record */
  readonly maxFlushBytes: number
  /** characters of JSON that wait, at most; beyond, an append rejects at once */
  readonly maxQueuedBytes: number
  /** how long a flush is tried before its appends reject with `LOG_UNAVAILABLE` */
  readonly retryLimitMs: number
}

interface AppenderDeps {
  readonly writer: { write(batches: readonly Batch[]): Promise<void> }
  readonly names: Names
  readonly clock: Clock
  readonly log: Logger
  readonly limits: AppenderLimits
  /** aborts when nothing is waited for any more */
  readonly signal: AbortSignal
}

/**
 * Gathers appends for a linger window and writes them, one flush at a time: what comes later waits until what
 * came before is durable or given up, so that a retry never changes an order. While Kafka is away, appends stay
 * open; how many is bounded by the callers, and by `maxQueuedBytes` for whoever has no bound.
 */
export class LogAppender {
  readonly #deps: AppenderDeps
  readonly #outage: Outage
  readonly #partitions = new Map<string, number>()
  readonly #pace = new Pace(PACE)
  #pending: Append[] = []
  /** of those that were enqueued since the last flush began */
  #shared: SharedAnswer | undefined
  readonly #gathered: (() => void)[] = []
  #gatherTimer: NodeJS.Timeout | undefined
  #queuedBytes = 0
  #oldestAtMs = 0
  #newestAtMs = 0
  /** when what waits is to be written, unless nothing follows it */
  #dueMs = 0
  #timer: NodeJS.Timeout | undefined
  #flushing: Promise<void> | undefined

  constructor(deps: AppenderDeps) {
    this.#deps = deps
    this.#outage = new Outage(deps.log, 'Kafka, which appends wait for,')
  }

  append(topic: TopicContract, key: string, text: string): Promise<LogPlace> {
    return new Promise((resolve, reject) => this.#push(topic, key, text, () => ({ resolve, reject })))
  }

  /** Resolves when the record is durable; the promise is that of all that are enqueued before a flush begins, or would be full. */
  enqueue(topic: TopicContract, key: string, text: string): Promise<void> {
    return this.#push(topic, key, text, () => this.#share(text.length)).written
  }

  /** Does `work`, which appends: with the next flush where that is waited for, or when there is enough of it. */
  gather(work: () => void): void {
    const nowMs = performance.now()
    const waitMs = this.#pace.waitMs(nowMs)
    if (waitMs === 0) {
      this.#doGathered()
      work()
      return
    }
    this.#newestAtMs = nowMs
    if (this.#isEmpty) this.#oldestAtMs = nowMs
    if (this.#gathered.push(work) >= GATHERED) this.#doGathered()
    else {
      // Nearly always the flush is sooner; one that is under way may take as long as Kafka is away.
      this.#gatherTimer ??= setTimeout(() => this.#doGathered(), waitMs + LULL_MS)
      this.#schedule()
    }
  }

  report(): ComponentReport {
    const { lastedMs } = this.#outage
    if (lastedMs === undefined) return { status: 'healthy' }
    return {
      status: 'degraded',
      detail: `appends have waited for Kafka for ${Math.round(lastedMs / 1_000)} s`,
    }
  }

  /** Writes at once what waits, and resolves when it is answered. */
  async flush(): Promise<void> {
    while (!this.#isEmpty || this.#flushing) {
      this.#begin()
      await this.#flushing
    }
  }

  /** Rejects what waits. */
  abandon(error: Error): void {
    this.#doGathered()
    clearTimeout(this.#timer)
    this.#timer = undefined
    for (const { answer } of this.#pending.splice(0)) answer.reject(error)
  }

  get #isEmpty(): boolean {
    return this.#pending.length === 0 && this.#gathered.length === 0
  }

  #push<Told extends Answer>(topic: TopicContract, key: string, text: string, answered: () => Told): Told {
    if (this.#queuedBytes > this.#deps.limits.maxQueuedBytes) {
      throw new LogError('LOG_UNAVAILABLE', 'too much waits to be written: keep fewer appends open')
    }
    const answer = answered()
    const timestampMs = this.#deps.clock.nowMs()
    this.#newestAtMs = performance.now()
    if (this.#isEmpty) this.#oldestAtMs = this.#newestAtMs
    this.#queuedBytes += text.length
    this.#pending.push({ topic, partition: this.#partition(topic, key), key, text, timestampMs, answer })
    this.#schedule()
    return answer
  }

  #share(length: number): SharedAnswer {
    const { maxFlushRecords, maxFlushBytes } = this.#deps.limits
    const last = this.#shared
    const hasRoom = last && last.open < maxFlushRecords && last.length + length <= maxFlushBytes
    const shared = hasRoom ? last : new SharedAnswer()
    this.#shared = shared
    shared.add(length)
    return shared
  }

  #doGathered(): void {
    clearTimeout(this.#gatherTimer)
    this.#gatherTimer = undefined
    for (const work of this.#gathered.splice(0)) work()
  }

  #partition(topic: TopicContract, key: string): number {
    const partitions = this.#deps.names.partitionsOf(topic)
    if (topic.partitions !== undefined) return partitionOf(key, partitions)
    let partition = this.#partitions.get(key)
    if (partition === undefined) {
      if (this.#partitions.size >= REMEMBERED_KEYS) this.#partitions.clear()
      partition = partitionOf(key, partitions)
      this.#partitions.set(key, partition)
    }
    return partition
  }

  /** One timer at a time; a full flush does not wait for it. */
  #schedule(): void {
    if (this.#flushing) return
    const { maxFlushRecords, maxFlushBytes, lingerMs } = this.#deps.limits
    if (this.#pending.length >= maxFlushRecords || this.#queuedBytes >= maxFlushBytes) this.#start()
    else if (!this.#timer) {
      const nowMs = performance.now()
      this.#dueMs = Math.max(this.#oldestAtMs + lingerMs, nowMs + this.#pace.waitMs(nowMs))
      this.#await(nowMs)
    }
  }

  #await(nowMs: number): void {
    const leftMs = Math.min(this.#dueMs, this.#newestAtMs + LULL_MS) - nowMs
    this.#timer = setTimeout(() => this.#look(), Math.max(0, leftMs))
  }

  /** Others may have come since: they gather until it is due. */
  #look(): void {
    const nowMs = performance.now()
    if (nowMs + EARLY_MS < Math.min(this.#dueMs, this.#newestAtMs + LULL_MS)) this.#await(nowMs)
    else this.#begin()
  }

  #begin(): void {
    this.#doGathered()
    this.#start()
  }

  /** Without what was gathered: within an append, whoever calls it is amidst work of its own, which shall not be met by more. */
  #start(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#flushing || this.#pending.length === 0) return
    this.#flushing = this.#write(this.#take()).finally(() => {
      this.#flushing = undefined
      if (!this.#isEmpty) this.#schedule()
    })
  }

  #take(): Append[] {
    const { maxFlushRecords, maxFlushBytes } = this.#deps.limits
    let count = 0
    let size = 0
    for (const { text } of this.#pending) {
      size += text.length
      if (count > 0 && (count >= maxFlushRecords || size > maxFlushBytes)) break
      count += 1
    }
    if (count >= SEVERAL) this.#pace.note(performance.now(), count)
    const taken = this.#pending.slice(0, count)
    this.#pending = this.#pending.slice(count)
    this.#shared = undefined
    this.#oldestAtMs = performance.now()
    return taken
  }

  async #write(appends: readonly Append[]): Promise<void> {
    const { batches, batchOf } = this.#batchesOf(appends)
    let failure: LogError | undefined
    try {
      await this.#writeDurably(batches)
    } catch (error) {
      failure = error as LogError
    }
    const taken = new Map<Batch, number>()
    for (const append of appends) {
      this.#queuedBytes -= append.text.length
      const batch = batchOf.get(append)!
      const at = taken.get(batch) ?? 0
      taken.set(batch, at + 1)
      if (batch.baseOffset === undefined) append.answer.reject(failure!)
      else append.answer.resolve({ partition: append.partition, offset: batch.baseOffset + at })
    }
  }

  /** Tries until all are durable. Rejects with a LogError: tried for too long, closed, or of no use. */
  async #writeDurably(batches: readonly Batch[]): Promise<void> {
    const { writer, limits, signal } = this.#deps
    const backoff = new Backoff({ firstMs: 100, longestMs: 2_000, signal })
    const beganMs = performance.now()
    for (;;) {
      if (signal.aborted) throw new LogError('LOG_UNAVAILABLE', 'the log was closed before the answer came')
      try {
        await writer.write(batches)
        this.#outage.worked()
        return
      } catch (error) {
        this.#outage.failed(error)
        if (performance.now() - beganMs > limits.retryLimitMs) {
          throw new LogError('LOG_UNAVAILABLE', 'the log could not be written for too long', { cause: error })
        }
        await backoff.pause()
      }
    }
  }

  /** By partition, in the order of the calls. */
  #batchesOf(appends: readonly Append[]): { batches: Batch[]; batchOf: Map<Append, Batch> } {
    const byPlace = new Map<string, Batch>()
    const batchOf = new Map<Append, Batch>()
    for (const append of appends) {
      const { topic, partition, key, text, timestampMs } = append
      const place = `${topic.name}/${partition}`
      let batch = byPlace.get(place)
      if (!batch) {
        batch = { topic: this.#deps.names.topic(topic.name), partition, messages: [], baseOffset: undefined }
        byPlace.set(place, batch)
      }
      batch.messages.push({ key, value: text, timestampMs })
      batchOf.set(append, batch)
    }
    return { batches: [...byPlace.values()], batchOf }
  }
}
