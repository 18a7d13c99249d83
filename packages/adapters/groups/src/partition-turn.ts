import { type BatchControl, type LogConsumer, LogError } from '@iot/ports'
import { isRetriable, type Logger } from '@iot/runtime'
import type { TurnSource } from './group-source.js'
import { pause, settledWithin } from './pause.js'
import { TopicCursor } from './topic-cursor.js'

const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 5_000
/** Batches of other topics that may go before one that waits, whatever the timestamps say. */
const PASSED_OVER_LIMIT = 8

/**
 * One member's time with partition n of all its topics: from `onAssigned` over its batches, one at a time,
 * to `onRevoked`.
 */
export class PartitionTurn {
  readonly partition: number
  readonly #consumer: LogConsumer
  readonly #source: TurnSource
  readonly #log: Logger
  readonly #revokeLimitMs: number
  readonly #onFailed: (error: unknown) => void
  readonly #stop = new AbortController()
  readonly #openCommits = new Set<Promise<void>>()
  readonly #running: Promise<void>
  #cursors: TopicCursor[] = []
  #begun = false
  #stale = false
  #ended: Promise<void> | undefined
  #failures = 0
  #woken = false
  #wake: () => void = () => {}

  constructor(deps: {
    partition: number
    consumer: LogConsumer
    source: TurnSource
    log: Logger
    revokeLimitMs: number
    onFailed: (error: unknown) => void
  }) {
    this.partition = deps.partition
    this.#consumer = deps.consumer
    this.#source = deps.source
    this.#log = deps.log
    this.#revokeLimitMs = deps.revokeLimitMs
    this.#onFailed = deps.onFailed
    this.#running = this.#run()
  }

  /** There may be something to read. */
  wake(): void {
    this.#woken = true
    this.#wake()
  }

  /**
   * Ends the turn: no further batch, the running one gets a bounded time, then `onRevoked`. `taken`: the
   * partition goes to another member, so commits are refused from now on; else the member leaves and may
   * still commit what it has in hand.
   */
  end(taken: boolean): Promise<void> {
    if (taken) this.#stale = true
    this.#ended ??= this.#finish()
    return this.#ended
  }

  /** Records that the group has not committed yet. */
  lag(): number {
    return this.#consumer.topics.reduce((lag, { name }) => {
      const { start, end } = this.#source.range(name, this.partition)
      return (
        lag + end - Math.max(start, this.#source.committedOffset(this.#consumer.group, name, this.partition))
      )
    }, 0)
  }

  async #run(): Promise<void> {
    // A turn begins after the caller has it in hand: whatever a consumer does in onAssigned, it finds it there.
    await Promise.resolve()
    while (!this.#stop.signal.aborted && !(await this.#attempt(() => this.#assign()))) {}
    while (!this.#stop.signal.aborted) {
      if (!(await this.#attempt(() => this.#fill()))) continue
      const cursor = this.#oldest()
      if (cursor) await this.#attempt(() => this.#deliver(cursor))
      else await this.#wakeUp()
    }
  }

  /** Does a step; when it fails, pauses, or ends the subscription where trying again is of no use. */
  async #attempt(step: () => Promise<void> | undefined): Promise<boolean> {
    try {
      await step()
      return true
    } catch (error) {
      if (this.#stop.signal.aborted) return false
      if (!isRetriable(error)) {
        this.#onFailed(error)
        return false
      }
      const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** this.#failures, LONGEST_PAUSE_MS)
      this.#failures = Math.min(this.#failures + 1, 16)
      const { group } = this.#consumer
      this.#log.warn(
        { err: error, group, partition: this.partition, pauseMs },
        'a consumer failed and is given the same again',
      )
      await pause(pauseMs, this.#stop.signal)
      return false
    }
  }

  async #assign(): Promise<void> {
    this.#begun = true
    const { group, topics } = this.#consumer
    const committed = new Map<string, number>()
    const ends = new Map<string, number>()
    for (const { name } of topics) {
      const { start, end } = this.#source.range(name, this.partition)
      committed.set(name, Math.max(start, this.#source.committedOffset(group, name, this.partition)))
      ends.set(name, end)
    }
    const answered = await this.#consumer.onAssigned?.({ partition: this.partition, committed, ends })
    this.#cursors = topics.map(({ name }) => {
      const { start, end } = this.#source.range(name, this.partition)
      const wanted = answered?.get(name) ?? committed.get(name)!
      return new TopicCursor({
        source: this.#source,
        topic: name,
        partition: this.partition,
        fromOffset: Math.min(Math.max(wanted, start), end),
        maxRecords: this.#consumer.maxRecords,
      })
    })
    this.#failures = 0
  }

  /** Synchronous while the tail of the log is in memory, so that a caught-up consumer costs few promises. */
  #fill(): Promise<void> | undefined {
    this.#woken = false
    const fetching: Promise<void>[] = []
    for (const cursor of this.#cursors) {
      const fetched = cursor.fill()
      if (fetched) fetching.push(fetched)
    }
    return fetching.length > 0 ? Promise.all(fetching).then(() => {}) : undefined
  }

  /** The topic whose next record is the oldest, or one that was passed over too often. */
  #oldest(): TopicCursor | undefined {
    let chosen: TopicCursor | undefined
    for (const cursor of this.#cursors) {
      const record = cursor.peek()
      if (!record) continue
      if (cursor.passedOver >= PASSED_OVER_LIMIT) {
        chosen = cursor
        break
      }
      if (!chosen || record.timestampMs < chosen.peek()!.timestampMs) chosen = cursor
    }
    for (const cursor of this.#cursors) {
      if (cursor !== chosen && cursor.peek()) cursor.passedOver += 1
    }
    if (chosen) chosen.passedOver = 0
    return chosen
  }

  async #deliver(cursor: TopicCursor): Promise<void> {
    const records = cursor.batch()
    await this.#consumer.onBatch(
      { topic: cursor.topic, partition: this.partition, records },
      this.#control(cursor),
    )
    cursor.advance(records)
    this.#failures = 0
  }

  #control(cursor: TopicCursor): BatchControl {
    return {
      commit: (nextOffset) => this.#commit(cursor.topic, nextOffset),
      isStale: () => this.#stale,
      signal: this.#stop.signal,
    }
  }

  async #commit(topic: string, nextOffset: number): Promise<void> {
    const { group } = this.#consumer
    if (this.#stale) {
      throw new LogError(
        'LOG_STALE',
        `partition ${this.partition} of ${topic} is another member's of ${group} now`,
      )
    }
    const { end } = this.#source.range(topic, this.partition)
    if (!Number.isSafeInteger(nextOffset) || nextOffset < 0 || nextOffset > end) {
      throw new RangeError(`can't commit ${nextOffset} in ${topic}/${this.partition}, which ends at ${end}`)
    }
    if (nextOffset <= this.#source.committedOffset(group, topic, this.partition)) return
    const commit = this.#source.commit(group, topic, this.partition, nextOffset)
    this.#openCommits.add(commit)
    try {
      await commit
    } finally {
      this.#openCommits.delete(commit)
    }
  }

  #wakeUp(): Promise<void> {
    if (this.#woken || this.#stop.signal.aborted) return Promise.resolve()
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }

  async #finish(): Promise<void> {
    this.#stop.abort()
    this.#wake()
    const { group } = this.#consumer
    const facts = { group, partition: this.partition, limitMs: this.#revokeLimitMs }
    // Commits under way are waited for as well: the next owner begins at what they say.
    const work = this.#running.then(() => Promise.allSettled(this.#openCommits))
    if (!(await settledWithin(work, this.#revokeLimitMs))) {
      this.#log.warn(facts, 'a batch did not end in time: its partition moves on without it')
    }
    this.#stale = true
    if (!this.#begun) return
    const revoked = Promise.resolve(this.#consumer.onRevoked?.(this.partition)).catch((error) => {
      this.#log.warn({ ...facts, err: error }, 'onRevoked failed')
    })
    if (!(await settledWithin(revoked, this.#revokeLimitMs))) {
      this.#log.warn(facts, 'onRevoked did not end in time')
    }
  }
}
