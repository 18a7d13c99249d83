import { createRecordEncoder, pause } from '@iot/adapter-groups'
import { PARTITIONS, type TopicContract } from '@iot/contracts'
import {
  type Clock,
  type EventLog,
  type LogConsumer,
  LogError,
  type LogPlace,
  type LogRecord,
  type LogSubscription,
  type PartitionRange,
  systemClock,
} from '@iot/ports'
import type { Component, ComponentContext, ComponentReport, Logger } from '@iot/runtime'
import type { Database } from '../database.js'
import { type LogLimits, type LogParts, openLogParts } from './log-parts.js'

export interface PostgresEventLogOptions {
  /** Migrated. Not ended with the log. Appends and commits use a connection each. */
  readonly database: Database
  readonly log: Logger
  readonly clock?: Clock
  /** of each topic; fixed when the log is made */
  readonly partitions?: number
  /** how long appends, and commits, are gathered, ms (5) */
  readonly lingerMs?: number
  /** records of one flush (5 000) */
  readonly maxFlushRecords?: number
  /** bytes of JSON of one flush, beyond its first record (4 MiB) */
  readonly maxFlushBytes?: number
  /** bytes of records kept on disk; at it, appends wait (2 GiB). Dead rows come on top until they are vacuumed. */
  readonly maxLogBytes?: number
  /** memory for the newest records, an estimate (8 MiB) */
  readonly tailBytes?: number
  /** how long a flush is tried before its appends reject with `LOG_UNAVAILABLE`, ms (10 min) */
  readonly retryLimitMs?: number
  /** how long a running batch may go on after its partition was taken away, ms (5 000) */
  readonly revokeLimitMs?: number
  /** how often old records are dropped, ms (60 000) */
  readonly retentionIntervalMs?: number
  /** how long a stop waits for open appends and commits, ms (5 000) */
  readonly stopLimitMs?: number
}

export interface PostgresEventLog extends EventLog, Component {
  /** Drops what is past its time, as happens by itself now and then. Rejects like `Database`. */
  retain(): Promise<void>
}

const LIMITS: LogLimits = {
  lingerMs: 5,
  maxFlushRecords: 5_000,
  maxFlushBytes: 4 * 1024 * 1024,
  maxLogBytes: 2 * 1024 * 1024 * 1024,
  tailBytes: 8 * 1024 * 1024,
  retryLimitMs: 600_000,
  revokeLimitMs: 5_000,
}

/** The event log in tables of PostgreSQL. Its groups live in this process: starting a second one fences the first. */
export function createPostgresEventLog(options: PostgresEventLogOptions): PostgresEventLog {
  return new TableEventLog(options)
}

class TableEventLog implements PostgresEventLog {
  readonly name = 'event-log'
  readonly #options: PostgresEventLogOptions
  readonly #partitions: number
  readonly #clock: Clock
  readonly #encode = createRecordEncoder()
  readonly #stopped = new AbortController()
  #parts: LogParts | undefined
  #retention: NodeJS.Timeout | undefined
  /** why nothing is taken, before the start and after the end */
  #refusal: LogError | undefined = new LogError('LOG_CLOSED', 'the log is not open')

  constructor(options: PostgresEventLogOptions) {
    this.#options = options
    this.#partitions = options.partitions ?? PARTITIONS
    this.#clock = options.clock ?? systemClock
  }

  get epoch(): string {
    if (!this.#parts) throw this.#refusal ?? new LogError('LOG_CLOSED', 'the log is not open')
    return this.#parts.ownership.epoch
  }

  async start(context: ComponentContext): Promise<void> {
    const { database, log, retentionIntervalMs = 60_000 } = this.#options
    this.#parts = await openLogParts({
      database,
      log,
      clock: this.#clock,
      partitions: this.#partitions,
      limits: limitsOf(this.#options),
      signal: this.#stopped.signal,
      onFenced: (error) => this.#fence(error, context),
    })
    this.#refusal = undefined
    this.#retention = setInterval(() => void this.#retainQuietly(context), retentionIntervalMs).unref()
  }

  async stop(): Promise<void> {
    clearInterval(this.#retention)
    this.#refusal ??= new LogError('LOG_CLOSED', 'the log is closed')
    const parts = this.#parts
    if (!parts || this.#stopped.signal.aborted) return
    const given = new AbortController()
    const flushed = Promise.all([parts.appender.flush(), parts.groups.stop()]).then(() =>
      parts.offsets.flush(),
    )
    await Promise.race([flushed, pause(this.#options.stopLimitMs ?? 5_000, given.signal)])
    given.abort()
    this.#stopped.abort()
    parts.appender.abandon(new LogError('LOG_CLOSED', 'the log was closed before this was written'))
  }

  health(): ComponentReport {
    if (this.#refusal || !this.#parts)
      return { status: 'down', ...(this.#refusal && { detail: this.#refusal.message }) }
    return this.#parts.appender.report()
  }

  // Not async: an async function around a promise makes two more of them, for every record.
  append<Value>(topic: TopicContract, key: string, value: Value): Promise<LogPlace> {
    try {
      return this.#open().appender.append(topic, key, this.#encode(topic, value))
    } catch (error) {
      return Promise.reject(error)
    }
  }

  enqueue<Value>(topic: TopicContract, key: string, value: Value): Promise<void> {
    return this.#open().appender.enqueue(topic, key, this.#encode(topic, value))
  }

  async subscribe(consumer: LogConsumer): Promise<LogSubscription> {
    return this.#open().groups.subscribe(consumer)
  }

  async read<Value>(
    topic: TopicContract,
    partition: number,
    fromOffset: number,
    bounds: { maxRecords: number; maxBytes: number },
  ): Promise<LogRecord<Value>[]> {
    const { source } = this.#open()
    try {
      return (await source.read(topic.name, partition, fromOffset, bounds)) as LogRecord<Value>[]
    } catch (cause) {
      throw new LogError('LOG_UNAVAILABLE', 'the log can’t be read: its database is away', { cause })
    }
  }

  async ranges(topic: TopicContract): Promise<PartitionRange[]> {
    const { source } = this.#open()
    return this.#numbers().map((partition) => {
      const { start, end } = source.range(topic.name, partition)
      return { partition, start, end }
    })
  }

  async committed(group: string, topic: TopicContract): Promise<Map<number, number>> {
    const { offsets } = this.#open()
    return new Map(this.#numbers().map((partition) => [partition, offsets.get(group, topic.name, partition)]))
  }

  async retain(): Promise<void> {
    const { ownership, retention } = this.#open()
    await ownership.check()
    await retention.run()
  }

  /** The check finds out, within a minute, that an idle process was fenced. */
  async #retainQuietly(context: ComponentContext): Promise<void> {
    try {
      await this.retain()
    } catch (error) {
      if (error instanceof LogError && error.code === 'LOG_FENCED') return this.#fence(error, context)
      this.#options.log.warn({ err: error }, 'old records can’t be dropped now')
    }
  }

  #fence(error: LogError, context: ComponentContext): void {
    if (this.#refusal) return
    this.#refusal = error
    clearInterval(this.#retention)
    this.#stopped.abort()
    this.#parts?.appender.abandon(error)
    this.#parts?.groups.fail(error)
    context.fail(error)
  }

  #open(): LogParts {
    if (this.#refusal) throw this.#refusal
    return this.#parts!
  }

  #numbers(): number[] {
    return Array.from({ length: this.#partitions }, (_, partition) => partition)
  }
}

function limitsOf(options: PostgresEventLogOptions): LogLimits {
  const given = Object.entries(options).filter(([name, value]) => name in LIMITS && value !== undefined)
  return { ...LIMITS, ...Object.fromEntries(given) }
}
