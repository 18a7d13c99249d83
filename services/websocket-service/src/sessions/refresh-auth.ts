import type { SessionUser } from '@iot/contracts'
import type { Clock, TokenVerifier } from '@iot/ports'
import { AppError, type RightsWatch } from '@iot/runtime'
import type { Handler } from '../events/dispatcher.js'
import type { Session } from './session.js'
import type { SessionLife } from './session-life.js'

export interface RefreshAuthDeps {
  readonly verifier: TokenVerifier
  readonly clock: Clock
  readonly rights: Pick<RightsWatch, 'check'>
  readonly life: SessionLife
}

/**
 * `auth:refresh`: the same user's newer token carries the session on. Rights that it has and the session has not come
 * into force by coming back: what the session was let into, it was let into by the old ones.
 */
export function createRefreshAuth(deps: RefreshAuthDeps): Handler {
  return async (session, [token]) => {
    const verified = await deps.verifier.verify(token as string, deps.clock.nowMs())
    if (!verified.ok) {
      if (verified.reason === 'expired') throw new AppError('TOKEN_EXPIRED', 'This token has expired too')
      throw new AppError('UNAUTHENTICATED', 'This is no access token of ours')
    }
    const { claims, expiresAtMs } = verified
    if (claims.userId !== session.user.id) {
      throw new AppError('FORBIDDEN', 'This token is another user’s: disconnect, and connect with it')
    }
    if (claims.userVersion < session.userVersion || deps.rights.check(claims) !== 'current') {
      throw new AppError('TOKEN_EXPIRED', 'This token is older than your rights: refresh it')
    }
    const { userId: id, username, role, sites } = claims
    const user: SessionUser = { id, username, role, ...(sites && { sites }) }
    extend(session, claims.userVersion, expiresAtMs)
    return {
      answer: { expiresAt: new Date(session.expiresAtMs).toISOString(), user },
      after() {
        if (!hasSameRights(user, session.user)) deps.life.end(session, 'rights changed')
      },
    }
  }
}

/** Tokens may come in any order: an older one does not shorten the session. */
function extend(session: Session, userVersion: number, expiresAtMs: number): void {
  session.userVersion = userVersion
  if (expiresAtMs <= session.expiresAtMs) return
  session.expiresAtMs = expiresAtMs
  session.isWarned = false
}

function hasSameRights(one: SessionUser, other: SessionUser): boolean {
  const sitesOf = ({ sites }: SessionUser) => JSON.stringify(sites?.toSorted())
  return one.role === other.role && sitesOf(one) === sitesOf(other)
}
