import { LoginAnswer, SetupRequest, SetupState } from '@iot/contracts'
import { AppError } from '@iot/runtime'
import type { Auditor } from '../audit.js'
import { type Route, route } from '../route.js'
import type { FirstAdministrator } from '../sessions/first-administrator.js'
import type { Sessions } from '../sessions/sessions.js'
import { presentSession } from './auth.js'

export function setupRoutes(deps: {
  firstAdministrator: FirstAdministrator
  sessions: Sessions
  auditor: Auditor
}): Route[] {
  const { firstAdministrator, sessions, auditor } = deps
  return [
    route(
      {
        method: 'GET',
        path: '/api/setup',
        summary: 'Whether the first administrator is still to be made',
        tag: 'auth',
        access: 'open',
        counts: 'none',
        status: 200,
        answer: SetupState,
      },
      async () => ({ body: { needed: await firstAdministrator.needed() } }),
    ),
    route(
      {
        method: 'POST',
        path: '/api/setup',
        summary: 'Make the first administrator with the token of the set-up link, and log in',
        tag: 'auth',
        access: 'open',
        counts: 'failed',
        body: SetupRequest,
        status: 201,
        answer: LoginAnswer,
        errors: ['SETUP_TOKEN_INVALID'],
      },
      async ({ body }) => {
        const administrator = await firstAdministrator.create(body)
        const { username, role } = administrator
        const target = { type: 'user', id: username }
        await auditor.note({ actor: username, action: 'user.created', target, detail: { role } })
        const session = await sessions.begin(administrator)
        // Somebody who was faster than this answer can have changed who has just been made.
        if (!session) throw new AppError('SETUP_TOKEN_INVALID', 'The administrator was changed: log in.')
        return presentSession(session, true)
      },
    ),
  ]
}
