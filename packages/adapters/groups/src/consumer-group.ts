import type { LogConsumer, LogSubscription } from '@iot/ports'
import type { Logger } from '@iot/runtime'
import type { GroupSource } from './group-source.js'
import { PartitionTurn } from './partition-turn.js'

interface Member {
  readonly id: number
  readonly consumer: LogConsumer
  readonly fail: (error: unknown) => void
}

/** A partition number, whose turn it is, and whether it is being moved. */
interface Seat {
  readonly partition: number
  turn: { readonly member: Member; readonly turn: PartitionTurn } | undefined
  settling: boolean
}

/**
 * The members of one group. Members are sorted by the order in which they joined; partition n belongs to
 * member n mod their number. A partition moves when its last turn has ended, each by itself: one slow
 * batch does not hold up the others.
 */
export class ConsumerGroup {
  readonly name: string
  readonly #topics: ReadonlySet<string>
  readonly #source: GroupSource
  readonly #log: Logger
  readonly #revokeLimitMs: number
  readonly #seats: Seat[]
  #members: Member[] = []
  #joined = 0

  constructor(deps: {
    name: string
    topics: readonly string[]
    source: GroupSource
    log: Logger
    revokeLimitMs: number
  }) {
    this.name = deps.name
    this.#topics = new Set(deps.topics)
    this.#source = deps.source
    this.#log = deps.log
    this.#revokeLimitMs = deps.revokeLimitMs
    this.#seats = Array.from({ length: deps.source.partitions }, (_, partition) => ({
      partition,
      turn: undefined,
      settling: false,
    }))
  }

  join(consumer: LogConsumer): LogSubscription {
    this.#refuseOtherTopics(consumer)
    let reject: (error: unknown) => void = () => {}
    const failed = new Promise<never>((_, no) => {
      reject = no
    })
    failed.catch(() => {})
    const member: Member = {
      id: this.#joined++,
      consumer,
      fail: (error) => {
        reject(error)
        void this.#leave(member)
      },
    }
    this.#members = [...this.#members, member]
    this.#settleAll()
    return {
      failed,
      lag: () => this.#turnsOf(member).reduce((lag, turn) => lag + turn.lag(), 0),
      stop: () => this.#leave(member),
    }
  }

  /** Something was appended. */
  wake(topic: string, partition: number): void {
    if (this.#topics.has(topic)) this.#seats[partition]?.turn?.turn.wake()
  }

  /** Ends every subscription with this error. */
  fail(error: unknown): void {
    for (const member of this.#members) member.fail(error)
  }

  async stop(): Promise<void> {
    const turns = this.#seats.flatMap(({ turn }) => (turn ? [turn.turn] : []))
    this.#members = []
    await Promise.all(turns.map((turn) => turn.end(false)))
  }

  async #leave(member: Member): Promise<void> {
    const turns = this.#turnsOf(member)
    this.#members = this.#members.filter((other) => other !== member)
    const ended = turns.map((turn) => turn.end(false))
    this.#settleAll()
    await Promise.all(ended)
  }

  #settleAll(): void {
    for (const seat of this.#seats) void this.#settle(seat)
  }

  async #settle(seat: Seat): Promise<void> {
    if (seat.settling) return
    seat.settling = true
    for (;;) {
      const owner = this.#members[seat.partition % this.#members.length]
      if (seat.turn?.member === owner) break
      if (seat.turn) {
        // A second call for a turn that its member ends by leaving waits for the same end.
        await seat.turn.turn.end(this.#members.includes(seat.turn.member))
        seat.turn = undefined
      } else if (owner) {
        seat.turn = { member: owner, turn: this.#beginTurn(seat.partition, owner) }
      }
    }
    seat.settling = false
  }

  #beginTurn(partition: number, member: Member): PartitionTurn {
    const { consumer } = member
    this.#log.debug({ group: this.name, partition, member: member.id }, 'partition assigned')
    return new PartitionTurn({
      partition,
      consumer,
      source: this.#source,
      log: this.#log,
      revokeLimitMs: this.#revokeLimitMs,
      onFailed: (error) => {
        this.#log.error({ err: error, group: this.name, partition }, 'a consumer failed for good')
        member.fail(error)
      },
    })
  }

  #turnsOf(member: Member): PartitionTurn[] {
    return this.#seats.flatMap(({ turn }) => (turn?.member === member ? [turn.turn] : []))
  }

  #refuseOtherTopics(consumer: LogConsumer): void {
    const names = consumer.topics.map(({ name }) => name)
    if (names.length === this.#topics.size && names.every((name) => this.#topics.has(name))) return
    throw new Error(
      `members of group ${this.name} read ${[...this.#topics].join(', ')}, not ${names.join(', ')}`,
    )
  }
}
