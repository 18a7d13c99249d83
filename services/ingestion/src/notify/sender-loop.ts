import type {
  AlertSender,
  ChannelStore,
  ClaimedDelivery,
  Clock,
  DeliveryOutcome,
  SendOutcome,
} from '@iot/ports'
import type { Logger } from '@iot/runtime'
import type { NotifyMetrics } from '../metrics.js'
import { MAX_ATTEMPTS, pauseAfter } from './backoff.js'

export interface SenderLoopDeps {
  readonly channels: Pick<ChannelStore, 'claim' | 'record'>
  readonly sender: AlertSender
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: NotifyMetrics
  /** A channel has begun to fail, or a failing one has let a message through. */
  onTurn(): Promise<void>
  readonly everyMs: number
  readonly random?: () => number
  /** how long messages under way may go on after the stop; then they are broken off, and sent again by the next */
  readonly stopGraceMs?: number
}

/** Messages under way at once; the others wait in the store. */
const AT_ONCE = 4
/** Twice what a message may take: nobody else takes it while it is under way, and after a crash it waits no longer. */
const LEASE_MS = 20_000

/** Sends what is due, a few at once and one per channel. */
export class SenderLoop {
  readonly #deps: SenderLoopDeps
  readonly #underWay = new Set<Promise<void>>()
  readonly #stop = new AbortController()
  #timer: NodeJS.Timeout | undefined
  #isStopped = false
  #isClaiming = false
  #claiming: Promise<void> = Promise.resolve()
  #isWanted = false
  /** why the last look failed, if it did */
  #hasFailed = false

  constructor(deps: SenderLoopDeps) {
    this.#deps = deps
  }

  get hasFailed(): boolean {
    return this.#hasFailed
  }

  start(): void {
    this.#timer = setInterval(() => this.look(), this.#deps.everyMs)
    this.look()
  }

  /** Looks for what is due, now. */
  look(): void {
    this.#isWanted = true
    if (!this.#isClaiming) this.#claiming = this.#claim()
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    clearInterval(this.#timer)
    const timer = setTimeout(() => this.#stop.abort(), this.#deps.stopGraceMs ?? 2_000)
    // What is being taken now is under way then.
    await this.#claiming
    while (this.#underWay.size > 0) await Promise.all(this.#underWay)
    clearTimeout(timer)
  }

  async #claim(): Promise<void> {
    const { channels, clock, logger } = this.#deps
    this.#isClaiming = true
    while (this.#isWanted && !this.#isStopped && this.#underWay.size < AT_ONCE) {
      this.#isWanted = false
      try {
        const limit = AT_ONCE - this.#underWay.size
        const taken = await channels.claim({ nowMs: clock.nowMs(), leaseMs: LEASE_MS, limit })
        for (const delivery of taken) this.#begin(delivery)
        this.#hasFailed = false
      } catch (error) {
        if (!this.#hasFailed) logger.warn({ err: error }, 'messages about alerts wait: the store is away')
        this.#hasFailed = true
      }
    }
    this.#isClaiming = false
  }

  #begin(delivery: ClaimedDelivery): void {
    const work = this.#deliver(delivery).finally(() => {
      this.#underWay.delete(work)
      this.look()
    })
    this.#underWay.add(work)
  }

  async #deliver(delivery: ClaimedDelivery): Promise<void> {
    const { channels, sender, clock, logger, metrics, onTurn } = this.#deps
    const { id, channel, idempotencyKey, events: alerts, attempts } = delivery
    try {
      const done = metrics.sendSeconds.startTimer()
      const message = { event: 'alerts', idempotencyKey, channel, alerts } as const
      const outcome = await sender.send(message, this.#stop.signal)
      done()
      const recorded = this.#judge(outcome, attempts)
      await channels.record(delivery, recorded, clock.nowMs())
      metrics.deliveries.inc({ kind: channel.kind, outcome: recorded.state })
      const facts = { channelId: channel.id, kind: channel.kind, deliveryId: id, attempts }
      if (recorded.state !== 'sent') logger.warn({ ...facts, reason: recorded.error }, NOTES[recorded.state])
      const hasTurned = recorded.state === 'sent' && channel.failingSinceMs !== undefined
      if (hasTurned || recorded.state === 'dead') await onTurn()
    } catch (error) {
      logger.warn({ err: error, deliveryId: id }, 'what became of a message can’t be noted: it is sent again')
    }
  }

  #judge(outcome: SendOutcome, attempts: number): DeliveryOutcome {
    const { clock, random = Math.random } = this.#deps
    const status = outcome.httpStatus === undefined ? {} : { httpStatus: outcome.httpStatus }
    if (outcome.ok) return { state: 'sent', ...status, ...(outcome.remark && { remark: outcome.remark }) }
    const { error } = outcome
    // Broken off by our own stop: that says nothing of the receiver.
    if (this.#stop.signal.aborted) return { state: 'retrying', error, nextMs: clock.nowMs() }
    if (attempts >= MAX_ATTEMPTS) return { state: 'dead', error, ...status }
    const nextMs = clock.nowMs() + pauseAfter(attempts, outcome.retryAfterMs, random)
    return { state: 'retrying', error, ...status, nextMs }
  }
}

const NOTES = {
  retrying: 'a message about alerts did not get through and is tried again',
  dead: 'a message about alerts was given up',
} as const
