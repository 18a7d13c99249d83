import type { AUTH_ENDS } from '@iot/contracts'
import type { Clock } from '@iot/ports'
import type { RightsWatch } from '@iot/runtime'
import type { CloseReason } from './close-reason.js'
import type { Session } from './session.js'
import type { SessionRegistry } from './session-registry.js'

/** How long before the end of its token a client is told. */
const WARNING_MS = 60_000
/** How long a closed connection may take to be gone before it is cut. */
const FAREWELL_MS = 5_000

type AuthEnd = (typeof AUTH_ENDS)[number]

const AUTH_MESSAGES: Readonly<Record<AuthEnd, string>> = {
  'token expired': 'The access token has ended: come back with a new one',
  'rights changed': 'Your rights have changed: come back with a new access token',
  'signed out': 'You were signed out: log in again',
}

export interface SessionLifeDeps {
  readonly sessions: SessionRegistry
  readonly clock: Clock
  readonly rights: Pick<RightsWatch, 'check'>
  readonly idleTimeoutMs: number
  /** Is something sent to the session without its asking again? */
  isListening(session: Session): boolean
}

export interface SessionLife {
  /** Looks at every session once: its rights, the end of its token, whether anybody uses it. */
  sweep(): void
  end(session: Session, reason: CloseReason): void
}

/**
 * What ends a session from this side, as one flow: rights that changed, a token that ended (with a warning before),
 * idleness, a farewell that takes too long. All of it is looked at again each second, so nothing depends on having
 * been told in time.
 */
export function createSessionLife(deps: SessionLifeDeps): SessionLife {
  const { sessions, clock } = deps

  function review(session: Session, nowMs: number): void {
    if (session.ending) {
      if (nowMs - session.ending.atMs > FAREWELL_MS) session.link.abort(session.ending.reason)
      return
    }
    const reason = endOf(session, nowMs)
    if (reason) end(session, reason)
    else if (!session.isWarned && session.expiresAtMs - nowMs <= WARNING_MS) warn(session)
  }

  function endOf(session: Session, nowMs: number): CloseReason | undefined {
    const standing = deps.rights.check({ userId: session.user.id, userVersion: session.userVersion })
    if (standing === 'out') return 'signed out'
    if (standing === 'changed') return 'rights changed'
    if (session.expiresAtMs <= nowMs) return 'token expired'
    const isIdle = nowMs - session.usedAtMs > deps.idleTimeoutMs && !deps.isListening(session)
    return isIdle ? 'idle' : undefined
  }

  function end(session: Session, reason: CloseReason): void {
    if (session.ending) return
    session.ending = { reason, atMs: clock.nowMs() }
    if (isAuthEnd(reason)) session.link.emit('auth:expired', { reason, message: AUTH_MESSAGES[reason] })
    // A stock client comes back by itself after its transport was closed, and not after a disconnect.
    if (reason === 'signed out') session.link.disconnect(reason)
    else session.link.close(reason)
  }

  return {
    end,
    sweep() {
      const nowMs = clock.nowMs()
      for (const session of sessions.all()) review(session, nowMs)
    },
  }
}

function warn(session: Session): void {
  session.isWarned = true
  session.link.emit('auth:expiring', { expiresAt: new Date(session.expiresAtMs).toISOString() })
}

function isAuthEnd(reason: CloseReason): reason is AuthEnd {
  return reason in AUTH_MESSAGES
}
