import { Backoff, pause, settledWithin } from '@iot/adapter-groups'
import type { Logger } from '@iot/runtime'
import {
  assignPartitions,
  decodeAssignment,
  decodeClaim,
  encodeAssignment,
  encodeClaim,
} from './assignment.js'
import type { GroupMembership } from './kafka-cluster.js'
import type { KafkaConnection } from './kafka-connection.js'
import { isFinal, kafkaErrorType } from './kafka-error.js'
import { Outage } from './outage.js'

/** How long saying goodbye may take; without it, the others wait for the end of the session. */
const LEAVE_LIMIT_MS = 2_000

export interface MemberLimits {
  /** unheard of for so long, a member has lost what it had */
  readonly sessionMs: number
  readonly heartbeatMs: number
}

interface MemberDeps {
  /** its own: a request to join is answered when all have come, and everything behind it waits */
  readonly connection: KafkaConnection
  /** for what must not wait behind it */
  readonly shared: KafkaConnection
  readonly groupId: string
  /** as Kafka calls them */
  readonly topics: readonly string[]
  readonly partitions: number
  readonly limits: MemberLimits
  readonly log: Logger
  /** partitions that this member has, and has not ended yet */
  claims(): readonly number[]
  /** what the group has given to this member: what is missing is to be ended, and then `rejoin` called */
  onAssigned(partitions: readonly number[]): void
  /** others may have what this member had */
  onExpelled(): void
  onFailed(error: unknown): void
}

/**
 * Membership in a group of Kafka: joins, beats, and joins again when the group gathers. Beating does not depend
 * on the work on batches, so that a slow one never costs the membership. A member keeps working on what it has while
 * the group gathers (see `assignPartitions`).
 */
export class GroupMember {
  readonly #deps: MemberDeps
  readonly #left = new AbortController()
  readonly #backoff: Backoff
  readonly #outage: Outage
  #memberId = ''
  #membership: GroupMembership | undefined
  #isLeaving = false
  #wantsToJoin = true
  #lastHeardMs = performance.now()
  #wake: () => void = () => {}
  #running: Promise<void> = Promise.resolve()

  constructor(deps: MemberDeps) {
    this.#deps = deps
    this.#backoff = new Backoff({ firstMs: 100, longestMs: 2_000, signal: this.#left.signal })
    this.#outage = new Outage(deps.log, 'the coordinator of the group')
  }

  /** As the group said last, and undefined where this is no member of it. Kafka refuses one that is out of date. */
  get membership(): GroupMembership | undefined {
    return this.#membership
  }

  /** Resolves when the group has taken this member in; rejects when it never will. */
  async join(withinMs: number): Promise<void> {
    const giveUpAtMs = performance.now() + withinMs
    while (this.#wantsToJoin) {
      try {
        await this.#join()
      } catch (error) {
        if (isFinal(error) || performance.now() > giveUpAtMs || this.#left.signal.aborted) throw error
        await this.#recover(error)
      }
    }
    this.#running = this.#run()
  }

  /** The group has to gather: something that others wait for was ended here. */
  rejoin(): void {
    this.#wantsToJoin = true
    this.#wake()
  }

  /** From now on takes nothing new. */
  prepareToLeave(): void {
    this.#isLeaving = true
  }

  async leave(): Promise<void> {
    this.#left.abort()
    this.#wake()
    const { shared, groupId } = this.#deps
    const memberId = this.#memberId
    if (memberId) {
      const said = shared.onCoordinator(groupId, (broker) => broker.leaveGroup({ groupId, memberId }))
      said.catch((error) =>
        this.#deps.log.debug({ err: error, groupId }, 'the group was left without a word'),
      )
      await settledWithin(said, LEAVE_LIMIT_MS)
    }
    await this.#deps.connection.close()
    await this.#running
  }

  /**
   * Others may have what this member had: the coordinator says so, or has not heard of it for a session. It joins
   * again under its old id: a coordinator that was itself away still has it, and would wait a whole session for it.
   */
  expelled(): void {
    if (!this.#membership) return
    this.#membership = undefined
    this.#wantsToJoin = true
    this.#deps.log.warn({ groupId: this.#deps.groupId }, 'expelled from the group: joining again')
    this.#deps.onExpelled()
    this.#wake()
  }

  async #run(): Promise<void> {
    while (!this.#left.signal.aborted) {
      try {
        if (this.#wantsToJoin) await this.#join()
        else await this.#beat()
        this.#backoff.reset()
        this.#outage.worked()
      } catch (error) {
        if (this.#left.signal.aborted) return
        if (isFinal(error)) {
          this.#deps.onExpelled()
          this.#deps.onFailed(error)
          return
        }
        await this.#recover(error)
      }
    }
  }

  async #join(): Promise<void> {
    const { connection, groupId, topics, limits, log } = this.#deps
    this.#wantsToJoin = false
    try {
      const claim = { claims: this.#deps.claims(), isLeaving: this.#isLeaving }
      const joined = await connection.onCoordinator(groupId, (broker) =>
        broker.joinGroup({
          groupId,
          sessionTimeout: limits.sessionMs,
          rebalanceTimeout: limits.sessionMs,
          memberId: this.#memberId,
          // The name holds the topics, so Kafka itself refuses a member that reads others.
          groupProtocols: [{ name: `iot:${topics.join(',')}`, metadata: encodeClaim(topics, claim) }],
        }),
      )
      this.#memberId = joined.memberId
      const membership = { memberId: joined.memberId, generationId: joined.generationId }
      const isLeader = joined.leaderId === joined.memberId
      const { memberAssignment } = await connection.onCoordinator(groupId, (broker) =>
        broker.syncGroup({
          groupId,
          ...membership,
          groupAssignment: isLeader ? this.#deal(joined.members) : [],
        }),
      )
      if (this.#left.signal.aborted || this.#memberId !== membership.memberId) return
      this.#membership = membership
      this.#lastHeardMs = performance.now()
      const partitions = decodeAssignment(topics, memberAssignment)
      log.debug({ groupId, ...membership, partitions, isLeader }, 'the group has gathered')
      this.#deps.onAssigned(partitions)
    } catch (error) {
      this.#wantsToJoin = true
      throw error
    }
  }

  #deal(members: readonly { memberId: string; memberMetadata: Buffer }[]) {
    const claimants = members.map(({ memberId, memberMetadata }) => decodeClaim(memberId, memberMetadata))
    const assignment = assignPartitions(claimants, this.#deps.partitions)
    return claimants.map(({ memberId }) => ({
      memberId,
      memberAssignment: encodeAssignment(this.#deps.topics, assignment.get(memberId) ?? []),
    }))
  }

  async #beat(): Promise<void> {
    const { connection, groupId, limits } = this.#deps
    await this.#rest(limits.heartbeatMs)
    const membership = this.#membership
    if (this.#wantsToJoin || this.#left.signal.aborted || !membership) return
    const beat = connection.onCoordinator(groupId, (broker) =>
      broker.heartbeat({
        groupId,
        groupGenerationId: membership.generationId,
        memberId: membership.memberId,
      }),
    )
    // Whoever can't be heard is taken for dead, and no one can tell it.
    const sessionLeftMs = this.#lastHeardMs + limits.sessionMs - performance.now()
    if (!(await settledWithin(beat, Math.max(0, sessionLeftMs)))) this.expelled()
    await beat
    this.#lastHeardMs = performance.now()
  }

  async #recover(error: unknown): Promise<void> {
    const { groupId, limits, log } = this.#deps
    const kafka = kafkaErrorType(error)
    if (kafka === 'UNKNOWN_MEMBER_ID') {
      this.expelled()
      this.#memberId = ''
      this.#wantsToJoin = true
      return
    }
    if (kafka === 'REBALANCE_IN_PROGRESS' || kafka === 'ILLEGAL_GENERATION') {
      log.debug({ groupId, kafka }, 'the group gathers')
      this.#wantsToJoin = true
      return
    }
    this.#outage.failed(error)
    if (performance.now() - this.#lastHeardMs > limits.sessionMs) this.expelled()
    await this.#backoff.pause()
  }

  /** Waits for the next beat, or until there is something to do. */
  async #rest(ms: number): Promise<void> {
    const woken = new AbortController()
    const stop = (): void => woken.abort()
    this.#wake = stop
    if (this.#wantsToJoin || this.#left.signal.aborted) return
    await pause(ms, woken.signal)
  }
}
