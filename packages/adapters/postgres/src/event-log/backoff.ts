/** Pauses between attempts, doubling; ends at once when the signal aborts. */
export class Backoff {
  readonly #firstMs: number
  readonly #longestMs: number
  readonly #signal: AbortSignal
  #attempts = 0

  constructor(options: { firstMs: number; longestMs: number; signal: AbortSignal }) {
    this.#firstMs = options.firstMs
    this.#longestMs = options.longestMs
    this.#signal = options.signal
  }

  pause(): Promise<void> {
    const ms = Math.min(this.#firstMs * 2 ** this.#attempts, this.#longestMs)
    this.#attempts = Math.min(this.#attempts + 1, 16)
    return pause(ms, this.#signal)
  }

  reset(): void {
    this.#attempts = 0
  }
}

/** Resolves after the time, or when the signal aborts. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done)
  })
}
