/** Lets `perSecond` events through in a second, a second’s worth of them at once. */
export interface TokenBucket {
  /** 0: taken. Otherwise nothing was taken, and this many ms pass before it can be. */
  take(nowMs: number): number
}

export function createTokenBucket({ perSecond }: { perSecond: number }): TokenBucket {
  return new Bucket(perSecond)
}

/** Fields, not closures: every connection has one. */
class Bucket implements TokenBucket {
  readonly #perSecond: number
  #tokens: number
  #filledAtMs = Number.NaN

  constructor(perSecond: number) {
    this.#perSecond = perSecond
    this.#tokens = perSecond
  }

  take(nowMs: number): number {
    if (this.#filledAtMs < nowMs) {
      const grown = ((nowMs - this.#filledAtMs) / 1_000) * this.#perSecond
      this.#tokens = Math.min(this.#perSecond, this.#tokens + grown)
    }
    this.#filledAtMs = nowMs
    if (this.#tokens >= 1) {
      this.#tokens -= 1
      return 0
    }
    return Math.ceil(((1 - this.#tokens) / this.#perSecond) * 1_000)
  }
}
