import type { AccessClaims } from '@iot/contracts'
import { ANONYMOUS, roleAtLeast } from '@iot/domain'
import type { Clock, TokenVerifier } from '@iot/ports'
import { AppError, type RightsWatch } from '@iot/runtime'
import type { RequestBudgets } from '../limits/request-budgets.js'
import type { RouteContract } from '../route.js'

/**
 * Decides who may make a request, before its body is read. Resolves with whom the access token names, or
 * undefined on an open route; throws what the client is told otherwise.
 */
export interface Admission {
  admit(
    contract: Pick<RouteContract, 'access' | 'counts' | 'everySite'> & { method?: RouteContract['method'] },
    request: { authorization: string | undefined; address: string },
  ): Promise<AccessClaims | undefined>
  /** Counts a request that failed, where its route counts only failures. */
  noteFailure(
    contract: Pick<RouteContract, 'access' | 'counts'>,
    failed: { claims: AccessClaims | undefined; address: string; code: string; status: number },
  ): Promise<void>
}

/** Told by somebody else's page or by a limit already met: not attempts of whoever sits at the address. */
const UNCOUNTED_FAILURES = new Set(['ORIGIN_REFUSED', 'RATE_LIMITED', 'LOGIN_THROTTLED'])

const WHY_NOT = {
  none: 'Send an access token: `Authorization: Bearer …`.',
  invalid: 'The access token is not valid.',
  out: 'This session was ended: log in again.',
} as const

export function createAdmission(deps: {
  tokens: TokenVerifier
  rights: Pick<RightsWatch, 'check'>
  budgets: RequestBudgets
  clock: Clock
  /** Who sends no token may watch as a user without a name. */
  letsAnonymousIn: boolean
}): Admission {
  const { budgets } = deps

  async function verify(authorization: string | undefined) {
    const token = /^Bearer +([^ ]+) *$/i.exec(authorization ?? '')?.[1]
    if (token === undefined) return undefined
    const verified = await deps.tokens.verify(token, deps.clock.nowMs())
    if (!verified.ok) return verified
    const standing = deps.rights.check(verified.claims)
    return standing === 'current' ? verified : ({ ok: false, reason: standing } as const)
  }

  return {
    async admit(contract, { authorization, address }) {
      const { access, counts } = contract
      if (access === 'open' && counts === 'none') return undefined
      const verified = await verify(authorization)
      if (verified?.ok) {
        await budgets.spendUser(verified.claims.userId)
        if (access !== 'open' && !roleAtLeast(verified.claims.role, access)) {
          throw new AppError('FORBIDDEN', `This takes the role ${access}; yours is ${verified.claims.role}.`)
        }
        if (contract.everySite && verified.claims.sites) {
          throw new AppError('FORBIDDEN', 'This is about devices of every site; you are limited to yours.')
        }
        return verified.claims
      }
      if (access === 'open') {
        if (counts === 'failed') await budgets.checkAddress(address)
        else await budgets.spendAddress(address)
        return undefined
      }
      // Somebody who was signed in a moment ago is about to refresh: no guess, so it costs the address nothing.
      if (verified?.reason === 'expired' || verified?.reason === 'changed') {
        throw new AppError('TOKEN_EXPIRED', 'Get a new access token from POST /api/auth/refresh.')
      }
      await budgets.spendAddress(address)
      const isWatching = authorization === undefined && access === 'user' && contract.method === 'GET'
      if (deps.letsAnonymousIn && isWatching) return ANONYMOUS
      throw new AppError('UNAUTHENTICATED', WHY_NOT[verified?.reason ?? 'none'])
    },
    async noteFailure(contract, { claims, address, code, status }) {
      if (contract.access !== 'open' || contract.counts !== 'failed') return
      if (claims || status >= 500 || UNCOUNTED_FAILURES.has(code)) return
      await budgets.noteFailure(address)
    },
  }
}
