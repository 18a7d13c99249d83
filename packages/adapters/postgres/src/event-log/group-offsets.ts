import { Backoff } from '@iot/adapter-groups'
import type { TopicContract } from '@iot/contracts'
import { LogError } from '@iot/ports'
import type { Logger } from '@iot/runtime'
import type { Database, Query } from '../database.js'
import { fenced } from './log-ownership.js'

interface Commit {
  readonly group: string
  readonly topic: string
  readonly partition: number
  nextOffset: number
  readonly waiting: { resolve(): void; reject(error: Error): void }[]
}

/** A group that nobody joined for so long no longer holds records back. */
const FORGET_GROUP_MS = 30 * 24 * 3_600_000

const COMMIT = `
  INSERT INTO log_group_offset AS o (group_name, topic, partition, next_offset)
  SELECT i.* FROM unnest($2::text[], $3::text[], $4::int[], $5::bigint[]) AS i
  WHERE EXISTS (SELECT 1 FROM event_log WHERE owner = $1)
  ON CONFLICT (group_name, topic, partition)
    DO UPDATE SET next_offset = greatest(o.next_offset, excluded.next_offset)`

/**
 * What the groups have committed: in memory for reading, in a table to last. Commits that come while one is
 * under way, or within the linger, become one statement; those of one partition become the highest. So what
 * waits is bounded by groups times partitions.
 */
export class GroupOffsets {
  readonly #database: Database
  readonly #owner: string
  readonly #partitions: number
  readonly #lingerMs: number
  readonly #log: Logger
  readonly #backoff: Backoff
  readonly #signal: AbortSignal
  readonly #onFenced: (error: LogError) => void
  /** next offsets per group and topic, by partition */
  readonly #offsets = new Map<string, Map<string, number[]>>()
  readonly #joined = new Set<string>()
  #pending = new Map<string, Commit>()
  #writing: Promise<void> | undefined

  constructor(deps: {
    database: Database
    owner: string
    partitions: number
    lingerMs: number
    log: Logger
    /** aborts when nothing is waited for any more */
    signal: AbortSignal
    onFenced: (error: LogError) => void
  }) {
    this.#database = deps.database
    this.#owner = deps.owner
    this.#partitions = deps.partitions
    this.#lingerMs = deps.lingerMs
    this.#log = deps.log
    this.#signal = deps.signal
    this.#backoff = new Backoff({ firstMs: 100, longestMs: 2_000, signal: deps.signal })
    this.#onFenced = deps.onFenced
  }

  async load(): Promise<void> {
    const { rows } = await this.#database.query<{
      group_name: string
      topic: string
      partition: number
      next_offset: number
    }>('SELECT group_name, topic, partition, next_offset FROM log_group_offset')
    for (const row of rows) this.#list(row.group_name, row.topic)[row.partition] = row.next_offset
  }

  get(group: string, topic: string, partition: number): number {
    return this.#offsets.get(group)?.get(topic)?.[partition] ?? 0
  }

  /** The lowest offset that a group still needs, and whose it is. */
  needed(topic: string, partition: number): { offset: number; group: string | undefined } {
    let needed: { offset: number; group: string | undefined } = {
      offset: Number.POSITIVE_INFINITY,
      group: undefined,
    }
    for (const [group, topics] of this.#offsets) {
      const offset = topics.get(topic)?.[partition]
      if (offset !== undefined && offset < needed.offset) needed = { offset, group }
    }
    return needed
  }

  /** Notes that the group reads these topics, durably: what it has not committed is kept from now on. */
  async open(group: string, topics: readonly TopicContract[], nowMs: number): Promise<void> {
    await this.#database.transaction(async (query) => {
      await noteSeen(query, [group], nowMs)
      await query(
        `INSERT INTO log_group_offset (group_name, topic, partition)
         SELECT $1, topic, partition FROM unnest($2::text[]) AS topic, generate_series(0, $3::int - 1) AS partition
         ON CONFLICT DO NOTHING`,
        [group, topics.map(({ name }) => name), this.#partitions],
      )
    })
    this.#joined.add(group)
    for (const { name } of topics) this.#list(group, name)
  }

  /** Forgets groups that were not seen for long, and notes those of this process as seen. */
  async prune(nowMs: number): Promise<void> {
    await noteSeen(this.#database.query, [...this.#joined], nowMs)
    const { rows } = await this.#database.query<{ name: string }>(
      'DELETE FROM log_group WHERE seen_at < $1 RETURNING name',
      [nowMs - FORGET_GROUP_MS],
    )
    for (const { name } of rows) {
      this.#offsets.delete(name)
      this.#log.warn({ group: name }, 'a group that nobody joined for 30 days no longer holds the log back')
    }
  }

  /** Resolves when durable, however long the database is away; rejects with `LOG_CLOSED` at the end. */
  commit(group: string, topic: string, partition: number, nextOffset: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const place = `${group}\n${topic}\n${partition}`
      let commit = this.#pending.get(place)
      if (!commit) {
        commit = { group, topic, partition, nextOffset, waiting: [] }
        this.#pending.set(place, commit)
      }
      commit.nextOffset = Math.max(commit.nextOffset, nextOffset)
      commit.waiting.push({ resolve, reject })
      this.#writing ??= this.#writeAll()
    })
  }

  /** Resolves when no commit waits any more. */
  async flush(): Promise<void> {
    await this.#writing
  }

  async #writeAll(): Promise<void> {
    while (this.#pending.size > 0) {
      await new Promise((resolve) => setTimeout(resolve, this.#lingerMs))
      const commits = [...this.#pending.values()]
      this.#pending = new Map()
      await this.#write(commits)
    }
    this.#writing = undefined
  }

  async #write(commits: readonly Commit[]): Promise<void> {
    this.#backoff.reset()
    while (!this.#signal.aborted) {
      try {
        await this.#store(commits)
        return
      } catch (error) {
        if (error instanceof LogError) {
          this.#onFenced(error)
          reject(commits, error)
          return
        }
        // Repeating is harmless: offsets only grow.
        this.#log.warn({ err: error }, 'offsets can’t be committed: trying again')
        await this.#backoff.pause()
      }
    }
    reject(commits, new LogError('LOG_CLOSED', 'the log was closed before the commit was durable'))
  }

  async #store(commits: readonly Commit[]): Promise<void> {
    const { rowCount } = await this.#database.query(
      COMMIT,
      [
        this.#owner,
        commits.map(({ group }) => group),
        commits.map(({ topic }) => topic),
        commits.map(({ partition }) => partition),
        commits.map(({ nextOffset }) => nextOffset),
      ],
      { name: 'log_commit' },
    )
    if (rowCount < commits.length) throw fenced()
    for (const { group, topic, partition, nextOffset, waiting } of commits) {
      const offsets = this.#list(group, topic)
      offsets[partition] = Math.max(offsets[partition]!, nextOffset)
      for (const { resolve } of waiting) resolve()
    }
  }

  #list(group: string, topic: string): number[] {
    const topics = this.#offsets.get(group) ?? new Map<string, number[]>()
    this.#offsets.set(group, topics)
    const offsets = topics.get(topic) ?? new Array<number>(this.#partitions).fill(0)
    topics.set(topic, offsets)
    return offsets
  }
}

async function noteSeen(query: Query, groups: readonly string[], nowMs: number): Promise<void> {
  await query(
    `INSERT INTO log_group (name, seen_at) SELECT name, $2 FROM unnest($1::text[]) AS name
     ON CONFLICT (name) DO UPDATE SET seen_at = excluded.seen_at`,
    [groups, nowMs],
  )
}

function reject(commits: readonly Commit[], error: Error): void {
  for (const { waiting } of commits) for (const one of waiting) one.reject(error)
}
