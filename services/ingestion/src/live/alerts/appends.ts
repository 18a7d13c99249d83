import { type AlertRecord, TOPICS } from '@iot/contracts'
import { type Clock, type EventLog, LogError } from '@iot/ports'
import type { Logger } from '@iot/runtime'
import type { LiveMetrics } from '../../metrics.js'
import type { WorkedKind } from '../live-partition.js'

const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 2_000

/** The record that made a decision necessary; a decision of the clock has none. */
export interface Cause {
  readonly kind: WorkedKind
  readonly offset: number
}

export interface AppendsDeps {
  readonly log: Pick<EventLog, 'append'>
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Pick<LiveMetrics, 'alertAppendSeconds'>
  /** Something has become durable: more may be committed. */
  onDurable(): void
}

/**
 * Alert records of one partition on their way to the log. What caused one is not committed before the log has it, so a
 * decision is never lost; one that was written twice counts once.
 */
export class Appends {
  readonly #deps: AppendsDeps
  /** offsets of the causes of what is on its way, in order */
  readonly #open: Partial<Record<WorkedKind, Set<{ readonly offset: number }>>> = {}
  #count = 0
  #isDropped = false
  /** the log takes nothing more, and something was on its way: whoever has the partition next decides it again */
  #isLost = false
  #waiting: (() => void)[] = []

  constructor(deps: AppendsDeps) {
    this.#deps = deps
  }

  /** Records on their way. */
  get count(): number {
    return this.#count
  }

  send(record: AlertRecord, cause?: Cause): void {
    const mark = { offset: cause?.offset ?? 0 }
    const open = cause && this.#causes(cause.kind)
    open?.add(mark)
    this.#count += 1
    void this.#carry(record, () => open?.delete(mark))
  }

  /** Up to which offset everything has had its effect, of what was worked in up to `next`. */
  settledUpTo(kind: WorkedKind, next: number): number {
    const [first] = this.#open[kind] ?? []
    return first ? Math.min(first.offset, next) : next
  }

  /** Waits until fewer than `limit` are on their way, the partition has gone, or the signal has come. */
  async room(limit: number, signal?: AbortSignal): Promise<void> {
    while (this.#count >= limit && !this.#isDropped && !this.#isLost && !signal?.aborted) {
      await new Promise<void>((resolve) => {
        const done = () => {
          signal?.removeEventListener('abort', done)
          resolve()
        }
        signal?.addEventListener('abort', done, { once: true })
        this.#waiting.push(done)
      })
    }
  }

  /** The partition has gone: its next owner decides what was not written. */
  drop(): void {
    this.#isDropped = true
    this.#tellWaiting()
  }

  #causes(kind: WorkedKind): Set<{ readonly offset: number }> {
    let causes = this.#open[kind]
    if (!causes) {
      causes = new Set()
      this.#open[kind] = causes
    }
    return causes
  }

  async #carry(record: AlertRecord, forget: () => void): Promise<void> {
    const { clock, metrics } = this.#deps
    const sentMs = clock.nowMs()
    const isDone = await this.#append(record)
    if (isDone) {
      this.#count -= 1
      forget()
      metrics.alertAppendSeconds.observe(Math.max(0, clock.nowMs() - sentMs) / 1_000)
    } else {
      this.#isLost = true
    }
    this.#tellWaiting()
    if (isDone && !this.#isDropped) this.#deps.onDurable()
  }

  /** Resolves with whether nothing more is to be done about it; never rejects. */
  async #append(record: AlertRecord): Promise<boolean> {
    const { log, logger } = this.#deps
    for (let failures = 0; ; failures++) {
      try {
        await log.append(TOPICS.alerts, record.key, record)
        return true
      } catch (error) {
        if (error instanceof LogError && error.code === 'LOG_SCHEMA') {
          // A fault of ours: made again it would be refused again. It stays expected until the next start.
          logger.error({ err: error, kind: record.kind }, 'the log refuses an alert record')
          return true
        }
        if (this.#isDropped || (error instanceof LogError && !error.retriable)) return false
        if (failures === 0)
          logger.warn({ err: error }, 'an alert record could not be logged and is tried again')
        const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** failures, LONGEST_PAUSE_MS)
        await new Promise((resolve) => setTimeout(resolve, pauseMs).unref())
      }
    }
  }

  #tellWaiting(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const tell of waiting) tell()
  }
}
