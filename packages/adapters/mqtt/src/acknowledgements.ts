import type { InFlightBudget } from './in-flight-budget.js'

type Acknowledge = (error: Error | null) => void

interface Waiting {
  readonly bytes: number
  readonly acknowledge: Acknowledge
  outcome?: { readonly error: Error | null }
}

/** Messages of one connection that are taken and not answered; outcomes are passed on in order of arrival. */
export interface Acknowledgements {
  readonly open: number
  /** Counts a message as in flight until `work` has settled and those before it are answered. */
  add(work: Promise<void>, bytes: number, acknowledge: Acknowledge): void
}

/** `onAnswered` is called when some were answered. The queue is as long as its user lets it be. */
export function createAcknowledgements(deps: {
  budget: InFlightBudget
  onAnswered: () => void
}): Acknowledgements {
  const queue: Waiting[] = []

  function settle(waiting: Waiting, error: Error | null): void {
    waiting.outcome = { error }
    while (queue[0]?.outcome) {
      const { bytes, acknowledge, outcome } = queue.shift()!
      acknowledge(outcome!.error)
      deps.budget.removeMessage(bytes)
    }
    deps.onAnswered()
  }

  return {
    get open() {
      return queue.length
    },
    add(work, bytes, acknowledge) {
      const waiting: Waiting = { bytes, acknowledge }
      queue.push(waiting)
      deps.budget.addMessage(bytes)
      work.then(
        () => settle(waiting, null),
        (error: unknown) => settle(waiting, error instanceof Error ? error : new Error(String(error))),
      )
    },
  }
}
