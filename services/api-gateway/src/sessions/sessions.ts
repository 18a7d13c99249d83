import { createHash, randomBytes } from 'node:crypto'
import type { SessionUser } from '@iot/contracts'
import type { Clock, TokenIssuer, UserRow, UserStore } from '@iot/ports'

/** How long somebody stays signed in without coming back. */
export const SESSION_LIFETIME_MS = 30 * 86_400_000
/** A refresh token shown again so soon comes from a parallel tab, or its answer was lost. */
const GRACE_MS = 10_000
const TOKEN_BYTES = 32

export interface Session {
  readonly user: SessionUser
  readonly accessToken: string
  readonly expiresInSeconds: number
  readonly refreshToken: string
}

/** Sessions: a short access token that is believed as it is, and a refresh token that is used once. */
export interface Sessions {
  /** Undefined where the user has been disabled, removed or given another password since they were looked up. */
  begin(user: UserRow): Promise<Session | undefined>
  /**
   * Swaps a refresh token. Undefined where it is worth nothing: never ours, expired, of a session that has
   * ended, of a user who may not come in, or shown again too late, which ends its session for all its holders.
   */
  refresh(refreshToken: string): Promise<Session | undefined>
  end(refreshToken: string): Promise<void>
}

export function createSessions(deps: { users: UserStore; tokens: TokenIssuer; clock: Clock }): Sessions {
  const { users, tokens, clock } = deps

  async function issue(user: UserRow, refreshToken: string): Promise<Session> {
    const { id, ...session } = presentSessionUser(user)
    const claims = { userId: id, ...session, userVersion: user.version }
    const { token, expiresInSeconds } = await tokens.issue(claims, clock.nowMs())
    return { user: { id, ...session }, accessToken: token, expiresInSeconds, refreshToken }
  }

  return {
    async begin(user) {
      const refreshToken = newToken()
      const nowMs = clock.nowMs()
      const isBegun = await users.beginSession({
        userId: user.id,
        userVersion: user.version,
        tokenHash: hashToken(refreshToken),
        expiresAtMs: nowMs + SESSION_LIFETIME_MS,
        nowMs,
      })
      return isBegun ? issue(user, refreshToken) : undefined
    },
    async refresh(refreshToken) {
      const successor = newToken()
      const nowMs = clock.nowMs()
      const { outcome, userId } = await users.rotateSession({
        tokenHash: hashToken(refreshToken),
        successorHash: hashToken(successor),
        nowMs,
        graceMs: GRACE_MS,
        expiresAtMs: nowMs + SESSION_LIFETIME_MS,
      })
      if (userId === undefined || (outcome !== 'rotated' && outcome !== 'sibling')) return undefined
      const user = await users.findById(userId)
      if (user && !user.disabled) return issue(user, successor)
      await users.endSession(hashToken(successor))
      return undefined
    },
    async end(refreshToken) {
      await users.endSession(hashToken(refreshToken))
    },
  }
}

/** Who is signed in, as clients know them. */
export function presentSessionUser({ id, username, role, sites }: UserRow): SessionUser {
  return { id, username, role, ...(sites && { sites: [...sites] }) }
}

function newToken(): string {
  return randomBytes(TOKEN_BYTES).toString('base64url')
}

/** SHA-256 is enough for what is random: nobody guesses 256 bits, so there is nothing to slow down. */
export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}
