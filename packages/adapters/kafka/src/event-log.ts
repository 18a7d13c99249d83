import { createValueEncoder, settledWithin } from '@iot/adapter-groups'
import { PARTITIONS, TOPICS, type TopicContract } from '@iot/contracts'
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
import type { Component, ComponentReport, Logger } from '@iot/runtime'
import { readOrMakeEpoch } from './epoch.js'
import { GroupSubscription, type SubscriptionLimits } from './group-subscription.js'
import { KafkaConnection } from './kafka-connection.js'
import { type AppenderLimits, LogAppender } from './log-appender.js'
import { LogQueries } from './log-queries.js'
import { LogWriter } from './log-writer.js'
import { createNames, type Names } from './names.js'
import { persist } from './persist.js'
import { checkTopics, waitForKafka } from './topics.js'

export type KafkaEventLog = EventLog & Component

export interface KafkaEventLogOptions extends Partial<AppenderLimits>, Partial<SubscriptionLimits> {
  /** host:port each */
  readonly brokers: readonly string[]
  readonly clientId: string
  readonly log: Logger
  readonly clock?: Clock
  readonly partitions?: number
  /** put before the names of all topics and groups */
  readonly namePrefix?: string
  /** what must be there; without: all of the system's */
  readonly topics?: readonly TopicContract[]
  /** how long `start` waits for Kafka */
  readonly startLimitMs?: number
  /** how long `stop` waits for what is open */
  readonly stopLimitMs?: number
  readonly requestTimeoutMs?: number
  /** how connections are made, for tests that break them */
  readonly connect?: (options: ConstructorParameters<typeof KafkaConnection>[0]) => KafkaConnection
}

/** How long a question is repeated before it rejects with `LOG_UNAVAILABLE`. */
const QUERY_LIMIT_MS = 5_000

const LIMITS: AppenderLimits & SubscriptionLimits = {
  lingerMs: 5,
  maxFlushRecords: 5_000,
  maxFlushBytes: 512 * 1024,
  maxQueuedBytes: 64 * 1024 * 1024,
  retryLimitMs: 120_000,
  sessionMs: 10_000,
  heartbeatMs: 1_000,
  revokeLimitMs: 5_000,
  joinLimitMs: 60_000,
}

interface Parts {
  readonly epoch: string
  readonly producing: KafkaConnection
  readonly asking: KafkaConnection
  readonly appender: LogAppender
  readonly queries: LogQueries
}

/** The event log on Apache Kafka. Its topics must be there: see `createKafkaTopics`. */
export function createKafkaEventLog(options: KafkaEventLogOptions): KafkaEventLog {
  return new BrokeredEventLog(options)
}

class BrokeredEventLog implements KafkaEventLog {
  readonly name = 'event-log'
  readonly #options: KafkaEventLogOptions
  readonly #limits: AppenderLimits & SubscriptionLimits
  readonly #names: Names
  readonly #topics: readonly TopicContract[]
  readonly #encode = createValueEncoder()
  readonly #stopped = new AbortController()
  readonly #subscriptions = new Set<GroupSubscription>()
  readonly #connections = new Set<KafkaConnection>()
  #parts: Parts | undefined
  /** why nothing is taken, before the start and after the end */
  #refusal: LogError | undefined = new LogError('LOG_CLOSED', 'the log is not open')

  constructor(options: KafkaEventLogOptions) {
    this.#options = options
    this.#limits = limitsOf(options)
    this.#topics = options.topics ?? Object.values(TOPICS)
    this.#names = createNames({
      ...(options.namePrefix !== undefined && { prefix: options.namePrefix }),
      partitions: options.partitions ?? PARTITIONS,
    })
  }

  get epoch(): string {
    if (!this.#parts) throw this.#refusal ?? new LogError('LOG_CLOSED', 'the log is not open')
    return this.#parts.epoch
  }

  async start(): Promise<void> {
    const {
      log,
      clock = systemClock,
      brokers,
      partitions = PARTITIONS,
      startLimitMs = 60_000,
    } = this.#options
    const names = this.#names
    const all = [...this.#topics.map((topic) => names.topic(topic.name)), names.epochTopic]
    const asking = this.#connect(all, 'queries')
    const { signal } = this.#stopped
    await waitForKafka(asking, { brokers, withinMs: startLimitMs, log, signal })
    await checkTopics(asking, { topics: this.#topics, names })
    // Topics that were just made may have no leader yet.
    const epoch = await persist(() => readOrMakeEpoch(asking, names.epochTopic, partitions), {
      withinMs: startLimitMs,
      signal,
    })
    const producing = this.#connect(all, 'appends')
    const writer = new LogWriter(producing)
    const appender = new LogAppender({ writer, names, clock, log, limits: this.#limits, signal })
    const queries = new LogQueries({ connection: asking, names, log })
    this.#parts = { epoch, producing, asking, appender, queries }
    this.#refusal = undefined
    log.info({ epoch, partitions }, 'the event log lies in Kafka')
  }

  async stop(): Promise<void> {
    this.#refusal ??= new LogError('LOG_CLOSED', 'the log is closed')
    if (this.#stopped.signal.aborted) return
    const { appender } = this.#parts ?? {}
    const flushed = Promise.allSettled([
      appender?.flush(),
      ...[...this.#subscriptions].map((subscription) => subscription.stop()),
    ])
    await settledWithin(flushed, this.#options.stopLimitMs ?? 8_000)
    this.#stopped.abort()
    appender?.abandon(new LogError('LOG_CLOSED', 'the log was closed before this was written'))
    await settledWithin(Promise.all([...this.#connections].map((connection) => connection.close())), 2_000)
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

  gather(work: () => void): void {
    if (this.#refusal || !this.#parts) work()
    else this.#parts.appender.gather(work)
  }

  async subscribe(consumer: LogConsumer): Promise<LogSubscription> {
    const { asking, queries } = this.#open()
    refuseBad(consumer, this.#names)
    const { log } = this.#options
    const names = this.#names
    const connection = this.#connect(
      consumer.topics.map(({ name }) => names.topic(name)),
      consumer.group,
    )
    const limits = this.#limits
    const subscription = new GroupSubscription({
      consumer,
      connection,
      shared: asking,
      queries,
      names,
      log,
      limits,
      onLeft: () => {
        this.#subscriptions.delete(subscription)
        this.#connections.delete(connection)
      },
    })
    this.#subscriptions.add(subscription)
    try {
      await subscription.join()
    } catch (error) {
      throw this.#refusal ?? error
    }
    if (this.#refusal) throw this.#refusal
    return subscription
  }

  async read<Value>(
    topic: TopicContract,
    partition: number,
    fromOffset: number,
    bounds: { maxRecords: number; maxBytes: number },
  ): Promise<LogRecord<Value>[]> {
    const { queries } = this.#open()
    return (await this.#ask(() => queries.read(topic, partition, fromOffset, bounds))) as LogRecord<Value>[]
  }

  async ranges(topic: TopicContract): Promise<PartitionRange[]> {
    const { queries } = this.#open()
    return this.#ask(() => queries.ranges(topic))
  }

  async committed(group: string, topic: TopicContract): Promise<Map<number, number>> {
    const { queries } = this.#open()
    return this.#ask(() => queries.committed(group, topic))
  }

  async #ask<Answer>(query: () => Promise<Answer>): Promise<Answer> {
    try {
      return await persist(query, { withinMs: QUERY_LIMIT_MS, signal: this.#stopped.signal })
    } catch (cause) {
      throw new LogError('LOG_UNAVAILABLE', 'the log can’t be read: Kafka is away', { cause })
    }
  }

  #connect(topics: readonly string[], purpose: string): KafkaConnection {
    const { brokers, clientId, log, requestTimeoutMs = 10_000, connect } = this.#options
    const options = { brokers, clientId: `${clientId}-${purpose}`, log, requestTimeoutMs, topics }
    const connection = connect?.(options) ?? new KafkaConnection(options)
    this.#connections.add(connection)
    return connection
  }

  #open(): Parts {
    if (this.#refusal) throw this.#refusal
    return this.#parts!
  }
}

function refuseBad({ maxRecords, topics }: LogConsumer, names: Names): void {
  if (!(maxRecords >= 1)) throw new RangeError('maxRecords must be at least 1')
  if (topics.length === 0) throw new RangeError('a consumer reads at least one topic')
  const counts = new Set(topics.map((topic) => names.partitionsOf(topic)))
  if (counts.size > 1) throw new RangeError('topics that are read together have equally many partitions')
}

function limitsOf(options: KafkaEventLogOptions): AppenderLimits & SubscriptionLimits {
  const given = Object.entries(options).filter(([name, value]) => name in LIMITS && value !== undefined)
  return { ...LIMITS, ...Object.fromEntries(given) }
}
