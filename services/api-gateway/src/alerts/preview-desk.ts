import { AppError } from '@iot/runtime'

/** Previews that run at once in a gateway: each keeps the database and this process busy for seconds. */
const AT_ONCE = 2
const MAX_WAITING = 20
const RETRY_MS = 2_000

/** Where previews are run: few at once, and one of each user, whose newest takes the place of the one before. */
export interface PreviewDesk {
  /** The work is to stop when its signal aborts: nobody wants the result any more. */
  run<Result>(
    userId: string,
    gone: AbortSignal,
    work: (signal: AbortSignal) => Promise<Result>,
  ): Promise<Result>
}

export function createPreviewDesk(): PreviewDesk {
  const newest = new Map<string, AbortController>()
  const waiting: (() => void)[] = []
  let running = 0

  async function takeTurn(signal: AbortSignal): Promise<void> {
    requireWanted(signal)
    if (running < AT_ONCE) {
      running += 1
      return
    }
    if (waiting.length >= MAX_WAITING) {
      throw new AppError('RATE_LIMITED', 'Many previews are waiting: try again in a moment.', {
        retryAfterMs: RETRY_MS,
      })
    }
    // Whoever ends hands its turn on, so the number of those that run stays as it is.
    const hasTurn = await new Promise<boolean>((resolve) => {
      const turn = () => {
        signal.removeEventListener('abort', leave)
        resolve(true)
      }
      const leave = () => {
        waiting.splice(waiting.indexOf(turn), 1)
        resolve(false)
      }
      signal.addEventListener('abort', leave, { once: true })
      waiting.push(turn)
    })
    if (!hasTurn) requireWanted(signal)
  }

  function endTurn(): void {
    const next = waiting.shift()
    if (next) next()
    else running -= 1
  }

  return {
    async run(userId, gone, work) {
      newest.get(userId)?.abort()
      const mine = new AbortController()
      newest.set(userId, mine)
      const signal = AbortSignal.any([mine.signal, gone])
      try {
        await takeTurn(signal)
        try {
          return await work(signal)
        } finally {
          endTurn()
        }
      } finally {
        if (newest.get(userId) === mine) newest.delete(userId)
      }
    },
  }
}

/** Throws where nobody wants the result any more. */
export function requireWanted(signal: AbortSignal): void {
  if (!signal.aborted) return
  throw new AppError('STATE_CONFLICT', 'A newer preview of yours has taken the place of this one.')
}
