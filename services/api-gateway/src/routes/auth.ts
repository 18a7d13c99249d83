import { LoginAnswer, LoginRequest, Me, RefreshRequest, type SessionUser } from '@iot/contracts'
import { ANONYMOUS } from '@iot/domain'
import type { PasswordHasher, UserRow, UserStore } from '@iot/ports'
import { type AllowedOrigins, AppError } from '@iot/runtime'
import type { Auditor } from '../audit.js'
import type { LoginThrottle } from '../limits/login-throttle.js'
import { type Answer, type Peer, type Route, route } from '../route.js'
import { requireOwnPage } from '../security/require-own-page.js'
import { presentSessionUser, SESSION_LIFETIME_MS, type Session, type Sessions } from '../sessions/sessions.js'

interface AuthDeps {
  readonly users: UserStore
  readonly passwords: PasswordHasher
  readonly sessions: Sessions
  readonly throttle: LoginThrottle
  readonly origins: AllowedOrigins
  readonly auditor: Auditor
}

export function authRoutes(deps: AuthDeps): Route[] {
  return [login(deps), refresh(deps), logout(deps), me(deps)]
}

function login({ users, passwords, sessions, throttle, auditor }: AuthDeps): Route {
  async function authenticate(username: string, password: string): Promise<UserRow | undefined> {
    const user = await users.findByUsername(username)
    // Unknown and disabled users cost the same work and get the same answer as a wrong password.
    const right = await passwords.verify(password, user?.passwordHash)
    return right && user && !user.disabled ? user : undefined
  }

  return route(
    {
      method: 'POST',
      path: '/api/auth/login',
      summary: 'Log in',
      tag: 'auth',
      access: 'open',
      counts: 'failed',
      body: LoginRequest,
      status: 200,
      answer: LoginAnswer,
      errors: ['BAD_CREDENTIALS', 'LOGIN_THROTTLED'],
    },
    async ({ body, peer }) => {
      const { username, password } = body
      const user = await throttle.attempt({ username, address: peer.address }, () =>
        authenticate(username, password),
      )
      const session = user && (await sessions.begin(user))
      if (!session) throw new AppError('BAD_CREDENTIALS', 'Check both and try again.')
      await auditor.note({
        actor: user.username,
        action: 'user.logged-in',
        target: { type: 'user', id: user.username },
        detail: { address: peer.address },
      })
      return presentSession(session, body.cookie ?? true)
    },
  )
}

function refresh({ sessions, origins }: AuthDeps): Route {
  return route(
    {
      method: 'POST',
      path: '/api/auth/refresh',
      summary: 'Get a new access token for a refresh token, from the cookie or the body',
      tag: 'auth',
      access: 'open',
      counts: 'failed',
      body: RefreshRequest,
      bodyOptional: true,
      status: 200,
      answer: LoginAnswer,
      errors: ['REFRESH_INVALID', 'ORIGIN_REFUSED'],
    },
    async ({ body, peer }) => {
      const shown = shownToken(body.refreshToken, peer, origins)
      const session = shown && (await sessions.refresh(shown.token))
      if (!session) throw new AppError('REFRESH_INVALID', 'Log in again.')
      return presentSession(session, shown.byCookie)
    },
  )
}

function logout({ sessions, origins }: AuthDeps): Route {
  return route(
    {
      method: 'POST',
      path: '/api/auth/logout',
      summary: 'End the session of a refresh token, from the cookie or the body',
      tag: 'auth',
      access: 'open',
      counts: 'every',
      body: RefreshRequest,
      bodyOptional: true,
      status: 204,
      errors: ['ORIGIN_REFUSED'],
    },
    async ({ body, peer }) => {
      const shown = shownToken(body.refreshToken, peer, origins)
      if (shown) await sessions.end(shown.token)
      return { body: undefined, ...(shown?.byCookie && { refreshCookie: { clear: true } }) }
    },
  )
}

function me({ users }: AuthDeps): Route {
  return route(
    {
      method: 'GET',
      path: '/api/auth/me',
      summary: 'Who is signed in',
      tag: 'auth',
      access: 'user',
      status: 200,
      answer: Me,
    },
    async ({ caller }) => {
      if (caller === ANONYMOUS) return { body: { user: anonymousUser() } }
      const user = await users.findById(caller.userId)
      if (!user || user.disabled) throw new AppError('UNAUTHENTICATED', 'This user may not come in any more.')
      return { body: { user: presentSessionUser(user) } }
    },
  )
}

function anonymousUser(): SessionUser {
  const { userId: id, username, role } = ANONYMOUS
  return { id, username, role }
}

/** A token in the body goes before the cookie: whoever sends it keeps it by itself, so no page can forge it. */
function shownToken(inBody: string | undefined, peer: Peer, origins: AllowedOrigins) {
  if (inBody !== undefined) return { token: inBody, byCookie: false }
  if (peer.refreshCookie === undefined) return undefined
  requireOwnPage(peer, origins)
  return { token: peer.refreshCookie, byCookie: true }
}

export function presentSession(
  session: Session,
  byCookie: boolean,
): Pick<Answer, 'refreshCookie'> & { body: LoginAnswer } {
  const { accessToken, expiresInSeconds, user, refreshToken } = session
  const body = { accessToken, expiresIn: expiresInSeconds, user }
  return byCookie
    ? { body, refreshCookie: { set: refreshToken, maxAgeSeconds: SESSION_LIFETIME_MS / 1_000 } }
    : { body: { ...body, refreshToken } }
}
