import type { RateCounter } from '@iot/ports'
import { AppError, addressKey } from '@iot/runtime'
import { createKeyedQueue } from './keyed-queue.js'

const WINDOW_MS = 15 * 60_000
/** Attempts of one account and address that wait for each other; whoever sends more is not a person. */
const MAX_WAITING = 32

/** Bounds the guesses at one account from one address; neither another address nor another account is touched. */
export interface LoginThrottle {
  /**
   * Does an attempt, which answers undefined where it failed. Attempts at the same account from the same
   * address go one after another, so that guesses sent at once count like guesses sent in turn. Throws
   * LOGIN_THROTTLED with the time to wait once there were `maxFailures` in 15 minutes; a success clears them.
   */
  attempt<Result>(
    who: { username: string; address: string },
    work: () => Promise<Result | undefined>,
  ): Promise<Result | undefined>
}

export function createLoginThrottle(deps: { counter: RateCounter; maxFailures: number }): LoginThrottle {
  const { counter, maxFailures } = deps
  const queue = createKeyedQueue({ maxWaiting: MAX_WAITING })

  async function inTurn<Result>(key: string, work: () => Promise<Result | undefined>) {
    const { count, resetsInMs } = await counter.peek(key)
    if (count >= maxFailures) throw throttled(resetsInMs)
    const result = await work()
    if (result === undefined) await counter.hit(key, WINDOW_MS)
    else if (count > 0) await counter.clear(key)
    return { result }
  }

  return {
    async attempt({ username, address }, work) {
      const key = `login:${addressKey(address)}:${username.toLowerCase()}`
      const outcome = await queue.run(key, () => inTurn(key, work))
      if (outcome === 'full') throw throttled(1_000)
      return outcome.result
    },
  }
}

function throttled(retryAfterMs: number): AppError {
  return new AppError('LOGIN_THROTTLED', 'This account has to wait here after too many failed logins.', {
    retryAfterMs,
  })
}
