import type { AccessClaims } from '@iot/contracts'
import { roleAtLeast } from '@iot/domain'
import type { Clock, TokenVerifier } from '@iot/ports'
import { AppError } from '@iot/runtime'
import type { RequestBudgets } from '../limits/request-budgets.js'
import type { RouteContract } from '../route.js'

/**
 * Decides who may make a request, before its body is read. Resolves with whom the access token names, or
 * undefined on an open route; throws what the client is told otherwise.
 */
export interface Admission {
  admit(
    contract: Pick<RouteContract, 'access' | 'counts'>,
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

export function createAdmission(deps: {
  tokens: TokenVerifier
  budgets: RequestBudgets
  clock: Clock
}): Admission {
  const { budgets } = deps

  async function verify(authorization: string | undefined) {
    const token = /^Bearer +([^ ]+) *$/i.exec(authorization ?? '')?.[1]
    return token === undefined ? undefined : deps.tokens.verify(token, deps.clock.nowMs())
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
        return verified.claims
      }
      if (access === 'open') {
        if (counts === 'failed') await budgets.checkAddress(address)
        else await budgets.spendAddress(address)
        return undefined
      }
      // Somebody who was signed in a moment ago is about to refresh: no guess, so it costs the address nothing.
      if (verified?.reason === 'expired') {
        throw new AppError('TOKEN_EXPIRED', 'Get a new access token from POST /api/auth/refresh.')
      }
      await budgets.spendAddress(address)
      throw new AppError(
        'UNAUTHENTICATED',
        verified ? 'The access token is not valid.' : 'Send an access token: `Authorization: Bearer …`.',
      )
    },
    async noteFailure(contract, { claims, address, code, status }) {
      if (contract.access !== 'open' || contract.counts !== 'failed') return
      if (claims || status >= 500 || UNCOUNTED_FAILURES.has(code)) return
      await budgets.noteFailure(address)
    },
  }
}
