import { createTokenBucket } from '@iot/runtime'

/** Nobody is asked to come back sooner: a connection of its own each time costs both sides. */
const LEAST_WAIT_MS = 500
/** Nobody is asked to wait longer; past it turns are dealt out by chance. */
const LONGEST_WAIT_MS = 120_000

export interface HandshakeQueue {
  /** 0: come in. Otherwise it is somebody's turn so many ms from now. `nowMs` never goes back. */
  take(nowMs: number): number
}

/**
 * Spreads a storm of handshakes: beyond `perSecond`, each who comes is given the next turn that nobody was given, so
 * that they come back no faster than they can be taken. Nothing is kept for who waits, only when the last turn is.
 */
export function createHandshakeQueue({ perSecond }: { perSecond: number }): HandshakeQueue {
  const bucket = createTokenBucket({ perSecond })
  const turnMs = 1_000 / perSecond
  let lastTurnMs = Number.NEGATIVE_INFINITY

  return {
    take(nowMs) {
      if (bucket.take(nowMs) === 0) return 0
      const turn = Math.max(lastTurnMs + turnMs, nowMs + LEAST_WAIT_MS)
      if (turn - nowMs > LONGEST_WAIT_MS) return Math.ceil(LONGEST_WAIT_MS * (0.5 + Math.random() / 2))
      lastTurnMs = turn
      return Math.ceil(turn - nowMs)
    },
  }
}
