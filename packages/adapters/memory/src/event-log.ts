import { randomUUID } from 'node:crypto'
import { type ConsumerGroups, createConsumerGroups, createValueEncoder } from '@iot/adapter-groups'
import { PARTITIONS, partitionOf, type TopicContract } from '@iot/contracts'
import { type Clock, type EventLog, type LogConsumer, LogError, type LogPlace, systemClock } from '@iot/ports'
import type { Component, Logger } from '@iot/runtime'
import { MemoryLogStorage } from './event-log-storage.js'

export interface MemoryEventLog extends EventLog, Component {
  /** Drops records older than their topic's retention that no group needs. */
  retain(): void
  /** What can go wrong with a real log, for tests. */
  readonly faults: {
    /** The next commit takes effect, and rejects with `LOG_UNAVAILABLE`. */
    loseNextCommitAnswer(): void
    /** The next append is not written, and rejects with `LOG_UNAVAILABLE`. */
    failNextAppend(): void
  }
}

interface PendingAppend {
  readonly topic: TopicContract
  readonly key: string
  readonly text: string
  readonly timestampMs: number
  resolve(place: LogPlace): void
  reject(error: Error): void
}

/**
 * The event log for unit tests: partitions, groups, schemas, order and retention as the real one has them,
 * durability none. Appends wait at `maxLogBytes` until groups have committed what is there.
 */
export function createMemoryEventLog(
  options: {
    partitions?: number
    clock?: Clock
    log?: Logger
    maxLogBytes?: number
    revokeLimitMs?: number
  } = {},
): MemoryEventLog {
  return new InProcessEventLog(options)
}

class InProcessEventLog implements MemoryEventLog {
  readonly name = 'event-log'
  readonly epoch = randomUUID()
  readonly faults: MemoryEventLog['faults']
  readonly #clock: Clock
  readonly #storage: MemoryLogStorage
  readonly #groups: ConsumerGroups
  readonly #encode = createValueEncoder()
  #pending: PendingAppend[] = []
  #flushing: NodeJS.Immediate | undefined
  #failNextAppend = false
  #open = false

  constructor(options: NonNullable<Parameters<typeof createMemoryEventLog>[0]>) {
    const {
      partitions = PARTITIONS,
      clock = systemClock,
      maxLogBytes = 256 * 1024 * 1024,
      log,
      revokeLimitMs,
    } = options
    this.#clock = clock
    this.#storage = new MemoryLogStorage({ partitions, maxLogBytes, onRoom: () => this.#scheduleFlush() })
    this.#groups = createConsumerGroups({
      source: this.#storage,
      ...(log && { log }),
      ...(revokeLimitMs !== undefined && { revokeLimitMs }),
    })
    this.faults = {
      loseNextCommitAnswer: () => this.#storage.loseNextCommitAnswer(),
      failNextAppend: () => {
        this.#failNextAppend = true
      },
    }
  }

  async start(): Promise<void> {
    this.#open = true
  }

  async stop(): Promise<void> {
    if (!this.#open) return
    this.#open = false
    if (this.#flushing) clearImmediate(this.#flushing)
    this.#flush()
    for (const append of this.#pending) append.reject(closed())
    this.#pending = []
    await this.#groups.stop()
  }

  async append<Value>(topic: TopicContract, key: string, value: Value): Promise<LogPlace> {
    this.#refuseClosed()
    const text = this.#encode(topic, value)
    return new Promise((resolve, reject) => {
      this.#pending.push({ topic, key, text, timestampMs: this.#clock.nowMs(), resolve, reject })
      this.#scheduleFlush()
    })
  }

  async subscribe(consumer: LogConsumer) {
    this.#refuseClosed()
    return this.#groups.subscribe(consumer)
  }

  async read<Value>(
    topic: TopicContract,
    partition: number,
    fromOffset: number,
    bounds: { maxRecords: number; maxBytes: number },
  ) {
    this.#refuseClosed()
    return this.#storage.read<Value>(topic.name, partition, fromOffset, bounds)
  }

  async ranges(topic: TopicContract) {
    this.#refuseClosed()
    return Array.from({ length: this.#storage.partitions }, (_, partition) => ({
      partition,
      ...this.#storage.range(topic.name, partition),
    }))
  }

  async committed(group: string, topic: TopicContract) {
    this.#refuseClosed()
    return new Map(
      Array.from({ length: this.#storage.partitions }, (_, partition) => [
        partition,
        this.#storage.committedOffset(group, topic.name, partition),
      ]),
    )
  }

  retain(): void {
    this.#storage.retain(this.#clock.nowMs())
  }

  /** After the current turn of the event loop, as a real log answers later than the call. */
  #scheduleFlush(): void {
    this.#flushing ??= setImmediate(() => this.#flush())
  }

  #flush(): void {
    this.#flushing = undefined
    let taken = 0
    for (const append of this.#pending) {
      if (!this.#storage.hasRoomFor(append.text)) break
      taken += 1
      this.#write(append)
    }
    this.#pending = this.#pending.slice(taken)
  }

  #write(append: PendingAppend): void {
    if (this.#failNextAppend) {
      this.#failNextAppend = false
      append.reject(new LogError('LOG_UNAVAILABLE', 'the log is told to fail'))
      return
    }
    const partition = partitionOf(append.key, this.#storage.partitions)
    const offset = this.#storage.write(append.topic, partition, append)
    append.resolve({ partition, offset })
    this.#groups.appended(append.topic.name, partition)
  }

  #refuseClosed(): void {
    if (!this.#open) throw closed()
  }
}

function closed(): LogError {
  return new LogError('LOG_CLOSED', 'the log is not open')
}
