import { Backoff } from '@iot/adapter-groups'
import { LogError } from '@iot/ports'
import type { Logger } from '@iot/runtime'
import type { GroupMembership } from './kafka-cluster.js'
import type { KafkaConnection } from './kafka-connection.js'
import { isFinal, kafkaErrorType } from './kafka-error.js'
import type { Names } from './names.js'

interface Commit {
  readonly topic: string
  readonly partition: number
  readonly tenure: number | undefined
  nextOffset: number
  readonly waiting: { resolve(): void; reject(error: Error): void }[]
}

/** The member's words for what it has: asked again before each attempt. */
export interface Member {
  readonly membership: GroupMembership | undefined
  /** another number every time the partition becomes this member's; undefined while it is not */
  tenure(partition: number): number | undefined
  /** the coordinator says that this is no member any more */
  expelled(): void
}

/**
 * What a member commits. Commits that come while one is under way become one request; those of one partition the
 * highest. So what waits is bounded by topics times partitions.
 */
export class GroupCommits {
  readonly #connection: KafkaConnection
  readonly #names: Names
  readonly #group: string
  readonly #member: Member
  readonly #log: Logger
  readonly #signal: AbortSignal
  readonly #committed = new Map<string, number>()
  #pending = new Map<string, Commit>()
  #isWriting = false

  constructor(deps: {
    connection: KafkaConnection
    names: Names
    group: string
    member: Member
    log: Logger
    signal: AbortSignal
  }) {
    this.#connection = deps.connection
    this.#names = deps.names
    this.#group = deps.group
    this.#member = deps.member
    this.#log = deps.log
    this.#signal = deps.signal
  }

  committed(topic: string, partition: number): number {
    return this.#committed.get(`${topic}/${partition}`) ?? 0
  }

  /** What the group had committed before this member took the partition. */
  begin(topic: string, partition: number, nextOffset: number): void {
    this.#committed.set(`${topic}/${partition}`, nextOffset)
  }

  /** Resolves when durable, however long Kafka is away; rejects with `LOG_STALE` when the partition is lost. */
  commit(topic: string, partition: number, nextOffset: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const place = `${topic}/${partition}`
      const tenure = this.#member.tenure(partition)
      let commit = this.#pending.get(place)
      if (!commit || commit.tenure !== tenure) {
        if (commit) rejectAll(commit, this.#stale(commit))
        commit = { topic, partition, tenure, nextOffset, waiting: [] }
        this.#pending.set(place, commit)
      }
      commit.nextOffset = Math.max(commit.nextOffset, nextOffset)
      commit.waiting.push({ resolve, reject })
      if (!this.#isWriting) void this.#writeAll()
    })
  }

  async #writeAll(): Promise<void> {
    this.#isWriting = true
    // Partitions that have been written or shown together commit in the same turn of the loop.
    await new Promise((resolve) => setImmediate(resolve))
    while (this.#pending.size > 0) {
      const commits = [...this.#pending.values()]
      this.#pending = new Map()
      await this.#write(commits)
    }
    this.#isWriting = false
  }

  async #write(commits: readonly Commit[]): Promise<void> {
    const backoff = new Backoff({ firstMs: 50, longestMs: 2_000, signal: this.#signal })
    let open = commits
    for (;;) {
      const lost = open.filter((commit) => !this.#isCurrent(commit))
      for (const commit of lost) rejectAll(commit, this.#stale(commit))
      open = open.filter((commit) => !lost.includes(commit))
      if (open.length === 0) return
      if (this.#signal.aborted) {
        const closed = new LogError('LOG_CLOSED', 'the log was closed before the commit was durable')
        for (const commit of open) rejectAll(commit, closed)
        return
      }
      try {
        if (!this.#member.membership) throw new Error('the group is gathering')
        await this.#store(open, this.#member.membership)
        return
      } catch (error) {
        if (this.#isLost(error)) continue
        await backoff.pause()
      }
    }
  }

  /** A partition that was lost and came back is another's work in between, which may have gone further. */
  #isCurrent({ partition, tenure }: Commit): boolean {
    return tenure !== undefined && tenure === this.#member.tenure(partition)
  }

  /** Repeating is harmless: a commit says where the group stands, and this member alone says it. */
  #isLost(error: unknown): boolean {
    const kafka = kafkaErrorType(error)
    if (kafka === 'UNKNOWN_MEMBER_ID' || isFinal(error)) {
      this.#log.warn({ err: error, kafka, group: this.#group }, 'this member may no longer commit')
      this.#member.expelled()
      return true
    }
    this.#log.debug({ err: error, kafka, group: this.#group }, 'offsets can’t be committed: trying again')
    return false
  }

  async #store(commits: readonly Commit[], membership: GroupMembership): Promise<void> {
    const groupId = this.#names.group(this.#group)
    const byTopic = new Map<string, { partition: number; offset: string }[]>()
    for (const { topic, partition, nextOffset } of commits) {
      const name = this.#names.topic(topic)
      byTopic.set(name, [...(byTopic.get(name) ?? []), { partition, offset: String(nextOffset) }])
    }
    await this.#connection.onCoordinator(groupId, (broker) =>
      broker.offsetCommit({
        groupId,
        groupGenerationId: membership.generationId,
        memberId: membership.memberId,
        topics: [...byTopic].map(([topic, partitions]) => ({ topic, partitions })),
      }),
    )
    for (const { topic, partition, nextOffset, waiting } of commits) {
      const place = `${topic}/${partition}`
      this.#committed.set(place, Math.max(this.#committed.get(place) ?? 0, nextOffset))
      for (const { resolve } of waiting) resolve()
    }
  }

  #stale({ topic, partition }: Commit): LogError {
    return new LogError(
      'LOG_STALE',
      `partition ${partition} of ${topic} is another member's of ${this.#group} now`,
    )
  }
}

function rejectAll(commit: Commit, error: Error): void {
  for (const { reject } of commit.waiting) reject(error)
}
