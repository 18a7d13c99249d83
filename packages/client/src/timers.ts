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
