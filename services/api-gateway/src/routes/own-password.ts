import { LoginAnswer, OwnPasswordChange } from '@iot/contracts'
import type { PasswordHasher, UserStore } from '@iot/ports'
import { AppError } from '@iot/runtime'
import type { Auditor } from '../audit.js'
import type { LoginThrottle } from '../limits/login-throttle.js'
import { type Route, route } from '../route.js'
import type { Sessions } from '../sessions/sessions.js'
import type { RightsTeller } from '../users/rights-teller.js'
import { presentSession } from './auth.js'

interface OwnPasswordDeps {
  readonly users: UserStore
  readonly passwords: PasswordHasher
  readonly sessions: Sessions
  readonly throttle: LoginThrottle
  readonly rightsTeller: RightsTeller
  readonly auditor: Auditor
}

/** A token alone must not be enough to take an account over, so the password is asked for, and guesses are counted. */
export function ownPasswordRoutes({
  users,
  passwords,
  sessions,
  throttle,
  rightsTeller,
  auditor,
}: OwnPasswordDeps): Route[] {
  async function authenticate(userId: string, password: string) {
    const user = await users.findById(userId)
    const right = await passwords.verify(password, user?.passwordHash)
    return right && user && !user.disabled ? user : undefined
  }

  return [
    route(
      {
        method: 'POST',
        path: '/api/auth/password',
        summary: 'Change one’s own password. Every session of the user ends, and a new one begins here',
        tag: 'auth',
        access: 'user',
        body: OwnPasswordChange,
        status: 200,
        answer: LoginAnswer,
        errors: ['BAD_CREDENTIALS', 'LOGIN_THROTTLED'],
      },
      async ({ caller, body, peer }) => {
        const who = { username: caller.username, address: peer.address }
        const user = await throttle.attempt(who, () => authenticate(caller.userId, body.currentPassword))
        if (!user) throw new AppError('BAD_CREDENTIALS', 'The current password is another one.')
        const passwordHash = await passwords.hash(body.newPassword)
        const outcome = await users.update(user.id, { passwordHash })
        if (outcome.outcome !== 'done') throw new AppError('UNAUTHENTICATED', 'This user was removed.')
        if (outcome.rights) await rightsTeller.tell(outcome.rights)
        await auditor.note({
          actor: user.username,
          action: 'user.password-changed',
          target: { type: 'user', id: user.username },
        })
        const session = await sessions.begin(outcome.user)
        if (!session) throw new AppError('UNAUTHENTICATED', 'This user was shut out meanwhile.')
        return presentSession(session, body.cookie ?? true)
      },
    ),
  ]
}
