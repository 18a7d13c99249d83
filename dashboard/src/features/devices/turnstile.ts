export interface Turnstile {
  /** Runs `task` when its turn comes. Rejects with `TurnstileFull` when too many wait already. */
  pass<Result>(task: () => Promise<Result>): Promise<Result>
}

class TurnstileFull extends Error {}

/** Lets so many tasks run at once, and so many wait; the newest waits least, since it is what is looked at now. */
export function createTurnstile({ atOnce, waiting }: { atOnce: number; waiting: number }): Turnstile {
  const queue: { begin: () => void; refuse: (error: Error) => void }[] = []
  let running = 0

  function next(): void {
    if (running >= atOnce) return
    const waiter = queue.pop()
    if (waiter === undefined) return
    running += 1
    waiter.begin()
  }

  return {
    async pass(task) {
      await new Promise<void>((begin, refuse) => {
        queue.push({ begin, refuse })
        if (queue.length > waiting) queue.shift()?.refuse(new TurnstileFull())
        next()
      })
      try {
        return await task()
      } finally {
        running -= 1
        next()
      }
    },
  }
}
