import { type BatchControl, LogError } from '@iot/ports'
import type { Logger } from '@iot/runtime'

/** So many records shown since the last commit, all partitions together: the next one comes early. */
const MANY_RECORDS = 1_000

/**
 * Commits what has been published, per topic and partition, now and then: a reading that comes again after a crash costs
 * less than a commit per flush. What is not committed counts as lag, so where much is published it is done more often.
 */
export class Committer {
  readonly #everyMs: number
  readonly #earlyMs: number
  readonly #logger: Logger
  readonly #due = new Map<string, { control: BatchControl; nextOffset: number }>()
  readonly #noted = new Map<string, number>()
  #open = 0
  #committing: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined
  #committedAt = Number.NEGATIVE_INFINITY

  /** `everyMs`, `earlyMs`: between two commits, and between two where much is published. */
  constructor(deps: { everyMs: number; earlyMs: number; logger: Logger }) {
    this.#everyMs = deps.everyMs
    this.#earlyMs = deps.earlyMs
    this.#logger = deps.logger
  }

  /** Everything of the control's topic and partition (named by `key`) below `nextOffset` has had its effect. */
  note(key: string, control: BatchControl, nextOffset: number): void {
    this.#due.set(key, { control, nextOffset })
    const wasMuch = this.#isMuch
    this.#open += nextOffset - (this.#noted.get(key) ?? nextOffset)
    this.#noted.set(key, nextOffset)
    if (this.#isMuch && !wasMuch) this.#unschedule()
    this.#schedule()
  }

  get #isMuch(): boolean {
    return this.#open >= MANY_RECORDS
  }

  /** Commits what is due now; resolves when that is done, or has failed. */
  async flush(): Promise<void> {
    this.#unschedule()
    await this.#committing
    if (this.#due.size === 0) return
    this.#committing = this.#commitAll()
    await this.#committing
  }

  #schedule(): void {
    if (this.#timer || this.#committing) return
    const everyMs = this.#isMuch ? this.#earlyMs : this.#everyMs
    const waitMs = Math.max(0, this.#committedAt + everyMs - performance.now())
    this.#timer = setTimeout(() => void this.flush(), waitMs)
  }

  #unschedule(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  async #commitAll(): Promise<void> {
    const due = [...this.#due]
    this.#due.clear()
    this.#open = 0
    this.#committedAt = performance.now()
    await Promise.all(due.map(([key, { control, nextOffset }]) => this.#commit(key, control, nextOffset)))
    this.#committing = undefined
    if (this.#due.size > 0) this.#schedule()
  }

  async #commit(key: string, control: BatchControl, nextOffset: number): Promise<void> {
    try {
      await control.commit(nextOffset)
    } catch (error) {
      // Of a partition that has moved away the next owner commits.
      if (control.isStale() || (error instanceof LogError && error.code === 'LOG_STALE')) return
      this.#logger.warn({ err: error, partition: key, nextOffset }, 'a commit failed and is tried again')
      if (!this.#due.has(key)) this.#due.set(key, { control, nextOffset })
    }
  }
}
