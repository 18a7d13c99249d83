import type { Logger } from '@iot/runtime'

const EVERY_MS = 3_600_000

/** Forgets what is over, every hour, until it is stopped. A failure is logged and tried again then. */
export function startPruning(deps: {
  /** by what they are called in the log: each resolves with how many went */
  prunes: Readonly<Record<string, () => Promise<number>>>
  log: Logger
}): () => void {
  const { prunes, log } = deps

  function prune(): void {
    for (const [what, run] of Object.entries(prunes)) {
      run().then(
        (count) => log.debug({ what, count }, 'what is over was forgotten'),
        (error) => log.warn({ err: error, what }, 'what is over could not be forgotten'),
      )
    }
  }
  prune()
  const timer = setInterval(prune, EVERY_MS).unref()
  return () => clearInterval(timer)
}
