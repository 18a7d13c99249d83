import { Backoff, type GroupSource } from '@iot/adapter-groups'
import type { TopicContract } from '@iot/contracts'
import { type Clock, LogError, type LogRecord } from '@iot/ports'
import type { Logger } from '@iot/runtime'
import type { Database } from '../database.js'
import type { GroupOffsets } from './group-offsets.js'
import { readOldRecords } from './log-reader.js'
import type { LogTail } from './log-tail.js'
import type { TopicRegistry } from './topic-registry.js'

const EMPTY = { start: 0, end: 0 }

interface SourceDeps {
  readonly database: Database
  readonly partitions: number
  readonly topics: TopicRegistry
  readonly tail: LogTail
  readonly offsets: GroupOffsets
  readonly clock: Clock
  readonly log: Logger
  readonly signal: AbortSignal
}

/** Reading and committing: from memory where the tail reaches, from the tables where it does not. */
export class LogSource implements GroupSource {
  readonly partitions: number
  readonly #deps: SourceDeps

  constructor(deps: SourceDeps) {
    this.partitions = deps.partitions
    this.#deps = deps
  }

  /** While the database is away, it tries until the log is closed. */
  async openGroup(group: string, contracts: readonly TopicContract[]): Promise<void> {
    const { topics, offsets, clock, log, signal } = this.#deps
    const backoff = new Backoff({ firstMs: 100, longestMs: 2_000, signal })
    while (!signal.aborted) {
      try {
        for (const contract of contracts) await topics.open(contract)
        await offsets.open(group, contracts, clock.nowMs())
        return
      } catch (error) {
        if (error instanceof LogError) throw error
        log.warn({ err: error, group }, 'a group can’t be joined: trying again')
        await backoff.pause()
      }
    }
    throw new LogError('LOG_CLOSED', 'the log is closed')
  }

  range(topic: string, partition: number): { start: number; end: number } {
    return this.#deps.topics.get(topic)?.partitions[partition] ?? EMPTY
  }

  committedOffset(group: string, topic: string, partition: number): number {
    return this.#deps.offsets.get(group, topic, partition)
  }

  read(
    topic: string,
    partition: number,
    fromOffset: number,
    bounds: { maxRecords: number; maxBytes: number },
  ): LogRecord[] | Promise<LogRecord[]> {
    const state = this.#deps.topics.get(topic)?.partitions[partition]
    if (!state || fromOffset >= state.end) return []
    // What retention has dropped may still be in the tail: gone is gone.
    const offset = Math.max(fromOffset, state.start)
    return (
      this.#deps.tail.read(state, offset, bounds) ??
      readOldRecords(this.#deps.database, state, offset, bounds)
    )
  }

  commit(group: string, topic: string, partition: number, nextOffset: number): Promise<void> {
    return this.#deps.offsets.commit(group, topic, partition, nextOffset)
  }
}
