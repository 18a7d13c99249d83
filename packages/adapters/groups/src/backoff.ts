import { pause } from './pause.js'

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
