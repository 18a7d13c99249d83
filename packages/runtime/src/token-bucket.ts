/** Lets `perSecond` events through in a second, a second’s worth of them at once. */
export interface TokenBucket {
  /** 0: taken. Otherwise nothing was taken, and this many ms pass before it can be. */
  take(nowMs: number): number
}

export function createTokenBucket(options: { perSecond: number }): TokenBucket {
  const { perSecond } = options
  let tokens = perSecond
  let filledAtMs = Number.NaN

  return {
    take(nowMs) {
      if (filledAtMs < nowMs)
        tokens = Math.min(perSecond, tokens + ((nowMs - filledAtMs) / 1_000) * perSecond)
      filledAtMs = nowMs
      if (tokens >= 1) {
        tokens -= 1
        return 0
      }
      return Math.ceil(((1 - tokens) / perSecond) * 1_000)
    },
  }
}
