import { pause } from '@iot/adapter-groups'
import type { Clock } from '@iot/ports'
import type { ComponentReport, Logger } from '@iot/runtime'
import type { Database } from '../database.js'
import type { GroupOffsets } from './group-offsets.js'
import type { PartitionState, TopicRegistry } from './topic-registry.js'

/** Rows looked at, and deleted, by one statement. */
const ROWS_PER_STEP = 1_000
/** What a row costs beside its records: header, index entry, pointers. */
const BYTES_PER_ROW = 120
/** At the bound, room is made down to this part of it, so that it is not made again for every flush. */
const ROOMY = 0.9
/** How often appends that wait for room look for it. */
const LOOK_AGAIN_MS = 250

interface BatchRow {
  base: number
  record_count: number
  appended_at: number
  byte_count: number
}

/**
 * Deletes records that are older than their topic keeps them, and never those that a group has not
 * committed. At the disk bound what all groups have committed goes before its time, oldest first; where that
 * is not enough, appends wait until groups have moved on.
 */
export class LogRetention {
  readonly #database: Database
  readonly #owner: string
  readonly #topics: TopicRegistry
  readonly #offsets: GroupOffsets
  readonly #clock: Clock
  readonly #log: Logger
  readonly #maxLogBytes: number
  readonly #signal: AbortSignal
  #bytes = 0
  #recount = false
  #waitingFor: readonly string[] | undefined
  #last: Promise<void> = Promise.resolve()

  constructor(deps: {
    database: Database
    owner: string
    topics: TopicRegistry
    offsets: GroupOffsets
    clock: Clock
    log: Logger
    maxLogBytes: number
    signal: AbortSignal
  }) {
    this.#database = deps.database
    this.#owner = deps.owner
    this.#topics = deps.topics
    this.#offsets = deps.offsets
    this.#clock = deps.clock
    this.#log = deps.log
    this.#maxLogBytes = deps.maxLogBytes
    this.#signal = deps.signal
  }

  async load(): Promise<void> {
    const { rows } = await this.#database.query<{ bytes: number }>(
      `SELECT coalesce(sum(kept_bytes + kept_batches * ${BYTES_PER_ROW}), 0)::bigint AS bytes FROM log_partition`,
    )
    this.#bytes = rows[0]!.bytes
    this.#recount = false
  }

  /** Bytes as they lie in the table: what is counted at the write is taken off at the delete. */
  wrote(bytes: number, rows: number): void {
    this.#bytes += bytes + rows * BYTES_PER_ROW
  }

  /** Something was written, and nobody knows how much. */
  lostCount(): void {
    this.#recount = true
  }

  report(): ComponentReport {
    if (!this.#waitingFor) return { status: 'healthy' }
    const detail = `the log is at LOG_MAX_BYTES: devices wait until ${this.#waitingFor.join(', ') || 'a group'} has moved on`
    return { status: 'degraded', detail }
  }

  /** Drops what is past its time. Rejects like `Database`. */
  run(): Promise<void> {
    return this.#alone(() => this.#dropOld())
  }

  /** Resolves when there is room on disk for so many bytes, or the signal aborts. Rejects like `Database`. */
  async room(bytes: number): Promise<void> {
    if (this.#fits(bytes)) return
    try {
      for (;;) {
        await this.#alone(() => this.#makeRoom(bytes))
        // A flush larger than the whole bound must not wait for ever.
        if (this.#fits(bytes) || this.#bytes === 0 || this.#signal.aborted) break
        this.#waitFor(this.#holders())
        await pause(LOOK_AGAIN_MS, this.#signal)
      }
      if (this.#waitingFor) this.#log.info({ bytes: this.#bytes }, 'the log has room again')
    } finally {
      this.#waitingFor = undefined
    }
  }

  #waitFor(groups: readonly string[]): void {
    if (!this.#waitingFor) {
      const facts = { bytes: this.#bytes, maxLogBytes: this.#maxLogBytes, groups }
      this.#log.warn(facts, 'the log is at its disk bound: appends wait until these groups have moved on')
    }
    this.#waitingFor = groups
  }

  /** One at a time: two that delete the same rows would both count them as freed. */
  #alone(work: () => Promise<void>): Promise<void> {
    const done = this.#last.then(async () => {
      if (this.#recount) await this.load()
      await work()
    })
    this.#last = done.catch(() => {})
    return done
  }

  #fits(bytes: number): boolean {
    return this.#bytes + bytes <= this.#maxLogBytes
  }

  async #dropOld(): Promise<void> {
    await this.#offsets.prune(this.#clock.nowMs())
    for (const topic of this.#topics.all()) {
      const beforeMs = this.#clock.nowMs() - topic.retentionMs
      for (const state of topic.partitions) await this.#drop(state, beforeMs, Number.NEGATIVE_INFINITY)
    }
  }

  /** The time that records are kept is halved until there is room; at last all that no group needs may go. */
  async #makeRoom(bytes: number): Promise<void> {
    // A flush may be larger than the part that is kept free.
    const target = Math.max(0, Math.min(this.#maxLogBytes * ROOMY, this.#maxLogBytes - bytes))
    for (let part = 1; part > 0; part = part > 1e-4 ? part / 2 : 0) {
      for (const topic of this.#topics.all()) {
        const beforeMs =
          part > 1e-4 ? this.#clock.nowMs() - topic.retentionMs * part : Number.POSITIVE_INFINITY
        for (const state of topic.partitions) {
          if (this.#bytes <= target) return
          await this.#drop(state, beforeMs, target)
        }
      }
    }
  }

  /** Deletes rows from the oldest on, while they are old, needed by nobody, and the log is above the target. */
  async #drop(state: PartitionState, beforeMs: number, target: number): Promise<void> {
    while (!this.#signal.aborted) {
      const limit = Math.min(this.#offsets.needed(state.topic, state.partition).offset, state.end)
      if (state.start >= limit) return
      const { rows } = await this.#database.query<BatchRow>(
        `SELECT base, record_count, appended_at, byte_count FROM log_batch
         WHERE topic = $1 AND partition = $2 ORDER BY base LIMIT ${ROWS_PER_STEP}`,
        [state.topic, state.partition],
        { name: 'log_oldest' },
      )
      let dropped = 0
      let freed = 0
      for (const row of rows) {
        const old = row.appended_at < beforeMs && row.base + row.record_count <= limit
        if (!old || this.#bytes - freed <= target) break
        freed += row.byte_count + BYTES_PER_ROW
        dropped += 1
      }
      if (dropped === 0) return
      const last = rows[dropped - 1]!
      // Should the answer be lost, whether the rows are gone is unknown.
      this.#recount = true
      await this.#delete(state, last.base + last.record_count)
      this.#recount = false
      this.#bytes -= freed
      if (dropped < ROWS_PER_STEP) return
    }
  }

  async #delete(state: PartitionState, beforeOffset: number): Promise<void> {
    await this.#database.query(
      'SELECT log_drop($1, $2, $3, $4)',
      [this.#owner, state.topic, state.partition, beforeOffset],
      { name: 'log_drop' },
    )
    state.start = beforeOffset
  }

  /** The groups that need the oldest records. */
  #holders(): string[] {
    const holders = new Set<string>()
    for (const topic of this.#topics.all()) {
      for (const { start, end, partition } of topic.partitions) {
        const { offset, group } = this.#offsets.needed(topic.name, partition)
        if (group && offset < end && offset >= start) holders.add(group)
      }
    }
    return [...holders]
  }
}
