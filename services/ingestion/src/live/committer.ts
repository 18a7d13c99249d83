import { type BatchControl, LogError } from '@iot/ports'
import type { Logger } from '@iot/runtime'

/**
 * Commits what has been published, per topic and partition, a few times a second at most: a reading that comes
 * again after a crash costs less than a commit per flush.
 */
export class Committer {
  readonly #everyMs: number
  readonly #logger: Logger
  readonly #due = new Map<string, { control: BatchControl; nextOffset: number }>()
  #committing: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined
  #committedAt = Number.NEGATIVE_INFINITY

  constructor(deps: { everyMs: number; logger: Logger }) {
    this.#everyMs = deps.everyMs
    this.#logger = deps.logger
  }

  /** Everything of the control's topic and partition (named by `key`) below `nextOffset` has had its effect. */
  note(key: string, control: BatchControl, nextOffset: number): void {
    this.#due.set(key, { control, nextOffset })
    this.#schedule()
  }

  /** Commits what is due now; resolves when that is done, or has failed. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    await this.#committing
    if (this.#due.size === 0) return
    this.#committing = this.#commitAll()
    await this.#committing
  }

  #schedule(): void {
    if (this.#timer || this.#committing) return
    const waitMs = Math.max(0, this.#committedAt + this.#everyMs - performance.now())
    this.#timer = setTimeout(() => void this.flush(), waitMs)
  }

  async #commitAll(): Promise<void> {
    const due = [...this.#due]
    this.#due.clear()
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
