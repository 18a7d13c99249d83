import { setMaxListeners } from 'node:events'
import { Backoff, PartitionTurn } from '@iot/adapter-groups'
import { type LogConsumer, LogError, type LogSubscription } from '@iot/ports'
import type { Logger } from '@iot/runtime'
import { GroupCommits } from './group-commits.js'
import { GroupFeed } from './group-feed.js'
import { GroupMember, type MemberLimits } from './group-member.js'
import type { KafkaConnection } from './kafka-connection.js'
import { isFinal, kafkaErrorType } from './kafka-error.js'
import type { LogQueries } from './log-queries.js'
import type { Names } from './names.js'
import { BEAT_MS } from './pace.js'

export interface SubscriptionLimits extends MemberLimits {
  /** how long a running batch may go on after its partition was taken away */
  readonly revokeLimitMs: number
  readonly joinLimitMs: number
}

interface SubscriptionDeps {
  readonly consumer: LogConsumer
  /** of this subscription alone */
  readonly connection: KafkaConnection
  readonly shared: KafkaConnection
  readonly queries: LogQueries
  readonly names: Names
  readonly log: Logger
  readonly limits: SubscriptionLimits
  /** it has left, and its connection is closed */
  onLeft(): void
}

/** A partition number: whether it is to be this member's, and its turn. */
interface Seat {
  readonly partition: number
  isWanted: boolean
  /** the group knows it as this member's: until its turn has ended, or the member was expelled */
  isClaimed: boolean
  /** how often it has become this member's */
  tenures: number
  turn: PartitionTurn | undefined
  isSettling: boolean
}

/** One member of a group: its membership, what it reads ahead, and the turns of its partitions. */
export class GroupSubscription implements LogSubscription {
  readonly failed: Promise<never>
  readonly #deps: SubscriptionDeps
  readonly #log: Logger
  readonly #seats: readonly Seat[]
  readonly #member: GroupMember
  readonly #commits: GroupCommits
  readonly #feed: GroupFeed
  readonly #ended = new AbortController()
  #reject: (error: unknown) => void = () => {}
  #stopping: Promise<void> | undefined

  constructor(deps: SubscriptionDeps) {
    const { consumer, connection, shared, queries, names, limits } = deps
    this.#deps = deps
    this.#log = deps.log.child({ group: consumer.group })
    this.failed = new Promise<never>((_, reject) => {
      this.#reject = reject
    })
    this.failed.catch(() => {})
    const partitions = names.partitionsOf(consumer.topics[0]!)
    // Every partition may wait for another attempt at the same time, and the commits beside them.
    setMaxListeners(partitions + 10, this.#ended.signal)
    this.#seats = Array.from({ length: partitions }, (_, partition) => ({
      partition,
      isWanted: false,
      isClaimed: false,
      tenures: 0,
      turn: undefined,
      isSettling: false,
    }))
    this.#member = new GroupMember({
      connection,
      shared,
      groupId: names.group(consumer.group),
      topics: consumer.topics.map(({ name }) => names.topic(name)).sort(),
      partitions,
      limits,
      log: this.#log,
      claims: () => this.#seats.filter(({ isClaimed }) => isClaimed).map(({ partition }) => partition),
      onAssigned: (assigned) => this.#assign(assigned),
      onExpelled: () => this.#expel(),
      onFailed: (error) => this.#fail(error),
    })
    this.#commits = new GroupCommits({
      connection: shared,
      names,
      group: consumer.group,
      member: this.#asCommitter(),
      log: this.#log,
      signal: this.#ended.signal,
    })
    this.#feed = new GroupFeed({
      connection,
      queries,
      commits: this.#commits,
      names,
      log: this.#log,
      onRecords: (partition) => this.#seats[partition]?.turn?.wake(),
      // Where few records come, a round waits for twice the time.
      everyMs: (consumer.patienceMs ?? 2 * BEAT_MS) / 2,
    })
  }

  async join(): Promise<void> {
    const { consumer, limits } = this.#deps
    try {
      await this.#member.join(limits.joinLimitMs)
    } catch (cause) {
      await this.stop()
      if (!isFinal(cause)) {
        throw new LogError('LOG_UNAVAILABLE', 'the group can’t be joined: Kafka is away', { cause })
      }
      if (kafkaErrorType(cause) !== 'INCONSISTENT_GROUP_PROTOCOL') throw cause
      const names = consumer.topics.map(({ name }) => name).join(', ')
      throw new Error(
        `the other members of group ${consumer.group} read other topics than ${names}: end them first`,
        { cause },
      )
    }
  }

  lag(): number {
    return this.#seats.reduce((lag, { turn }) => lag + (turn?.lag() ?? 0), 0)
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#leave()
    return this.#stopping
  }

  /** Batches end in their bounded time and may still commit; the others wait for that, then for no one. */
  async #leave(): Promise<void> {
    this.#member.prepareToLeave()
    for (const seat of this.#seats) seat.isWanted = false
    await Promise.all(this.#seats.map(({ turn }) => turn?.end(false)))
    for (const seat of this.#seats) seat.isClaimed = false
    this.#ended.abort()
    await Promise.all([this.#feed.stop(), this.#member.leave()])
    this.#deps.onLeft()
  }

  #fail(error: unknown): void {
    this.#reject(error)
    this.stop().catch((failure) => this.#log.warn({ err: failure }, 'the group was not left in order'))
  }

  #assign(assigned: readonly number[]): void {
    if (this.#stopping) return
    for (const seat of this.#seats) {
      seat.isWanted = assigned.includes(seat.partition)
      if (seat.isWanted && !seat.isClaimed) {
        seat.isClaimed = true
        seat.tenures += 1
      }
      void this.#settle(seat)
    }
  }

  /** Another may have the partitions already: what is under way is stale at once. */
  #expel(): void {
    for (const seat of this.#seats) {
      seat.isWanted = false
      seat.isClaimed = false
      void this.#settle(seat)
    }
  }

  async #settle(seat: Seat): Promise<void> {
    if (!seat.isWanted) void seat.turn?.end(!this.#stopping)
    if (seat.isSettling) return
    seat.isSettling = true
    while (!this.#ended.signal.aborted && (seat.turn ? !seat.isWanted : seat.isWanted)) {
      if (seat.turn) await this.#end(seat, seat.turn)
      else await this.#begin(seat)
    }
    seat.isSettling = false
  }

  async #end(seat: Seat, turn: PartitionTurn): Promise<void> {
    await turn.end(!this.#stopping)
    for (const { name } of this.#deps.consumer.topics) this.#feed.close(name, seat.partition)
    seat.turn = undefined
    if (seat.isWanted) return
    seat.isClaimed = false
    // Somebody waits for it.
    if (!this.#stopping) this.#member.rejoin()
  }

  async #begin(seat: Seat): Promise<void> {
    const { consumer, limits } = this.#deps
    const { partition } = seat
    const backoff = new Backoff({ firstMs: 100, longestMs: 5_000, signal: this.#ended.signal })
    while (seat.isWanted) {
      try {
        await this.#open(partition)
        break
      } catch (error) {
        this.#log.warn({ err: error, partition }, 'a partition can’t be begun: trying again')
        await backoff.pause()
      }
    }
    // Lost, or left, before it was begun.
    if (!seat.isWanted) {
      for (const { name } of consumer.topics) this.#feed.close(name, partition)
      seat.isClaimed = false
      if (!this.#stopping) this.#member.rejoin()
      return
    }
    this.#log.debug({ partition }, 'partition assigned')
    seat.turn = new PartitionTurn({
      partition,
      consumer,
      source: this.#feed,
      log: this.#log,
      revokeLimitMs: limits.revokeLimitMs,
      onFailed: (error) => {
        this.#log.error({ err: error, partition }, 'a consumer failed for good')
        this.#fail(error)
      },
    })
  }

  async #open(partition: number): Promise<void> {
    const { consumer, queries } = this.#deps
    for (const topic of consumer.topics) {
      const committed = await queries.committed(consumer.group, topic, [partition])
      const [range] = await queries.ranges(topic, [partition])
      this.#commits.begin(topic.name, partition, committed.get(partition) ?? 0)
      this.#feed.open(topic.name, partition, range!)
    }
  }

  #asCommitter() {
    const membership = () => this.#member.membership
    return {
      get membership() {
        return membership()
      },
      tenure: (partition: number) => {
        const seat = this.#seats[partition]
        return seat?.isClaimed ? seat.tenures : undefined
      },
      expelled: () => this.#member.expelled(),
    }
  }
}
