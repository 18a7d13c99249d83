import type { RateCounter } from '@iot/ports'
import { AppError, addressKey, type Logger } from '@iot/runtime'

const MINUTE_MS = 60_000
/** Between two log lines that the counter is away. */
const WARN_EVERY_MS = 60_000

/**
 * How many requests an address may make without a login, and somebody signed in. Each throws RATE_LIMITED
 * with the time to wait when the budget is used up. While the counter is away everybody is let in and the
 * log says so: limits are there to keep the service up, not to take it down with them.
 */
export interface RequestBudgets {
  /** Takes one request from an address's budget. */
  spendAddress(address: string): Promise<void>
  /** Throws when the address's budget is used up, and takes nothing. */
  checkAddress(address: string): Promise<void>
  /** Takes one from an address's budget after the fact; never throws. */
  noteFailure(address: string): Promise<void>
  spendUser(userId: string): Promise<void>
}

export function createRequestBudgets(deps: {
  counter: RateCounter
  addressWindowMs: number
  addressMax: number
  userMaxPerMinute: number
  log: Logger
}): RequestBudgets {
  const { counter, addressMax, addressWindowMs } = deps
  let warnedAt = Number.NEGATIVE_INFINITY

  async function ask(question: () => Promise<{ count: number; resetsInMs: number }>) {
    try {
      return await question()
    } catch (error) {
      const now = performance.now()
      if (now - warnedAt > WARN_EVERY_MS) {
        warnedAt = now
        deps.log.warn({ err: error }, 'request limits are off while their counter is away')
      }
      return { count: 0, resetsInMs: 0 }
    }
  }

  function keyOf(address: string): string {
    return `address:${addressKey(address)}`
  }

  return {
    async spendAddress(address) {
      const { count, resetsInMs } = await ask(() => counter.hit(keyOf(address), addressWindowMs))
      if (count > addressMax) throw limited('this address without a login', resetsInMs)
    },
    async checkAddress(address) {
      const { count, resetsInMs } = await ask(() => counter.peek(keyOf(address)))
      if (count >= addressMax) throw limited('this address without a login', resetsInMs)
    },
    async noteFailure(address) {
      await ask(() => counter.hit(keyOf(address), addressWindowMs))
    },
    async spendUser(userId) {
      const { count, resetsInMs } = await ask(() => counter.hit(`user:${userId}`, MINUTE_MS))
      if (count > deps.userMaxPerMinute) throw limited('this user', resetsInMs)
    },
  }
}

function limited(whose: string, retryAfterMs: number): AppError {
  return new AppError('RATE_LIMITED', `The requests of ${whose} are used up for now.`, { retryAfterMs })
}
