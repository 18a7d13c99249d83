/** Time, so that tests can turn it by hand. */
export interface Timers {
  /** ms since 1970 */
  nowMs(): number
  /** Returns how to cancel. */
  after(ms: number, run: () => void): () => void
}

export const systemTimers: Timers = {
  nowMs: () => Date.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms)
    return () => clearTimeout(timer)
  },
}

/** Timers that end together. */
export class TimerSet {
  readonly #timers: Timers
  readonly #cancels = new Set<() => void>()

  constructor(timers: Timers) {
    this.#timers = timers
  }

  after(ms: number, run: () => void): void {
    const cancel = this.#timers.after(ms, () => {
      this.#cancels.delete(cancel)
      run()
    })
    this.#cancels.add(cancel)
  }

  clear(): void {
    for (const cancel of this.#cancels) cancel()
    this.#cancels.clear()
  }
}
