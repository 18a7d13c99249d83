import type { InFlightBudget } from './in-flight-budget.js'

type Acknowledge = (error: Error | null) => void

/** One message, or several in a row that share their work. */
interface Waiting {
  readonly work: Promise<void>
  /** of each message */
  readonly bytes: number[]
  readonly ids: number[]
  readonly acknowledge: Acknowledge | undefined
  error: Error | null
  settled: boolean
}

/** Messages of one connection that are taken and not answered; outcomes are passed on in order of arrival. */
export interface Acknowledgements {
  readonly open: number
  /** Counts a message as in flight until `work` has settled and those before it are answered. */
  add(work: Promise<void>, bytes: number, acknowledge: Acknowledge): void
  /**
   * The same for a message that is answered by its id alone (0: not at all), through `onAnswer`. Messages in
   * a row whose work is one promise wait, and are answered, together: a promise for each would be most of
   * what a message leaves behind.
   */
  addPlain(work: Promise<void>, bytes: number, messageId: number): void
}

/** `onAnswered` is called when some were answered. The queue is as long as its user lets it be. */
export function createAcknowledgements(deps: {
  budget: InFlightBudget
  onAnswered: () => void
  onAnswer?: (messageIds: readonly number[], error: Error | null) => void
}): Acknowledgements {
  const queue: Waiting[] = []
  let open = 0

  function settle(waiting: Waiting, error: Error | null): void {
    waiting.settled = true
    waiting.error = error
    while (queue[0]?.settled) answer(queue.shift()!)
    deps.onAnswered()
  }

  function answer({ bytes, ids, acknowledge, error }: Waiting): void {
    open -= bytes.length
    if (acknowledge) acknowledge(error)
    else deps.onAnswer?.(ids, error)
    for (const count of bytes) deps.budget.removeMessage(count)
  }

  function wait(work: Promise<void>, acknowledge: Acknowledge | undefined): Waiting {
    const waiting: Waiting = { work, bytes: [], ids: [], acknowledge, error: null, settled: false }
    queue.push(waiting)
    work.then(
      () => settle(waiting, null),
      (error: unknown) => settle(waiting, error instanceof Error ? error : new Error(String(error))),
    )
    return waiting
  }

  function count(waiting: Waiting, bytes: number): void {
    waiting.bytes.push(bytes)
    open += 1
    deps.budget.addMessage(bytes)
  }

  return {
    get open() {
      return open
    },
    add(work, bytes, acknowledge) {
      count(wait(work, acknowledge), bytes)
    },
    addPlain(work, bytes, messageId) {
      const last = queue.at(-1)
      const together = last && last.work === work && !last.acknowledge && !last.settled
      const waiting = together ? last : wait(work, undefined)
      waiting.ids.push(messageId)
      count(waiting, bytes)
    },
  }
}
