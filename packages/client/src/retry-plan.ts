import { backoffMs } from './backoff.js'
import type { SocketEnd } from './live-socket.js'

const BACKOFF = { firstMs: 1_000, factor: 1.5, mostMs: 30_000, jitter: 0.3 }
const REFUSED = new Set(['TOKEN_EXPIRED', 'UNAUTHENTICATED'])

/** How long to wait before the next attempt, and whether it needs a new token. It never says to give up. */
export class RetryPlan {
  readonly #random: () => number
  #attempt = 0
  #isRefused = false

  constructor(random: () => number) {
    this.#random = random
  }

  /** The last token was refused, or has ended. */
  get needsFreshToken(): boolean {
    return this.#isRefused
  }

  get hasFailed(): boolean {
    return this.#attempt > 0
  }

  startOver(): void {
    this.#attempt = 0
  }

  connected(): void {
    this.#isRefused = false
  }

  /** The first refusal of a token is answered at once with a new one; a second waits its turn. */
  waitAfterMs({ code, retryAfterMs }: SocketEnd): number {
    const isRefused = code !== undefined && REFUSED.has(code)
    const isFirstRefusal = isRefused && !this.#isRefused
    this.#isRefused = isRefused
    if (isFirstRefusal) return 0
    const waitMs = Math.max(retryAfterMs ?? 0, backoffMs(this.#attempt, { ...BACKOFF, random: this.#random }))
    if (waitMs > 0) this.#attempt += 1
    return waitMs
  }
}
