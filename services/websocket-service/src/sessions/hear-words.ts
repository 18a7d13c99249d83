import type { FleetMessage } from '@iot/contracts'
import type { Clock, FleetChannel } from '@iot/ports'
import type { Logger, RightsWatch } from '@iot/runtime'
import type { LastCloses } from './last-closes.js'
import type { Session } from './session.js'
import type { SessionLife } from './session-life.js'
import type { SessionRegistry } from './session-registry.js'

export interface HearWordsDeps {
  readonly channel: Pick<FleetChannel, 'listen'>
  readonly rights: Pick<RightsWatch, 'heed'>
  readonly sessions: SessionRegistry
  readonly life: SessionLife
  readonly lastCloses: LastCloses
  readonly clock: Clock
  readonly logger: Logger
}

/**
 * Does at once what other processes ask of sessions: changed rights, connections to close, why some were closed. The answer ends the
 * listening. A word about rights that is lost is made up for by the watch's own reading of the board.
 */
export function hearWords(deps: HearWordsDeps): () => void {
  const { sessions, life, logger } = deps

  function close(message: Extract<FleetMessage, { kind: 'close' }>): void {
    const meant = [...sessions.all()].filter((session) => isMeant(session, message))
    for (const session of meant) life.end(session, 'closed by an administrator')
    if (meant.length > 0) logger.info({ sessions: meant.length, why: message.reason }, 'closed on request')
  }

  return deps.channel.listen((message) => {
    if (message.kind === 'close') close(message)
    if (message.kind === 'last-close') deps.lastCloses.heed(message, deps.clock.nowMs())
    if (message.kind === 'rights') deps.rights.heed(message.rights)
  })
}

/** Both an id of a session and one of a user: the session, if it is that user's. */
function isMeant(session: Session, { sessionId, userId }: { sessionId?: string; userId?: string }): boolean {
  if (sessionId === undefined && userId === undefined) return false
  return (
    (sessionId === undefined || session.id === sessionId) &&
    (userId === undefined || session.user.id === userId)
  )
}
