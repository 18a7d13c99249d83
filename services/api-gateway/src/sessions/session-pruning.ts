import type { Clock, UserStore } from '@iot/ports'
import type { Logger } from '@iot/runtime'

const EVERY_MS = 3_600_000

/** Forgets sessions that are over, every hour, until it is stopped. A failure is logged and tried again then. */
export function startSessionPruning(deps: { users: UserStore; clock: Clock; log: Logger }): () => void {
  function prune(): void {
    deps.users.pruneSessions(deps.clock.nowMs()).then(
      (sessions) => deps.log.debug({ sessions }, 'sessions that are over were forgotten'),
      (error) => deps.log.warn({ err: error }, 'sessions that are over could not be forgotten'),
    )
  }
  prune()
  const timer = setInterval(prune, EVERY_MS)
  timer.unref()
  return () => clearInterval(timer)
}
