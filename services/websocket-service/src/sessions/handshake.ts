import type { HandshakeRefusal } from '@iot/contracts'
import type { Clock, RateCounter, TokenVerifier } from '@iot/ports'
import { addressKey, type Logger } from '@iot/runtime'
import type { Admission } from './session.js'
import type { SessionRegistry } from './session-registry.js'

/** After how long another try makes sense where a place may have become free; spread, so that all don't come at once. */
const RETRY_PLACE_MS = { least: 2_000, spread: 3_000 }

export interface HandshakeAttempt {
  readonly token: unknown
  readonly address: string
}

export type HandshakeOutcome =
  | { readonly ok: true; readonly admission: Admission; readonly leave: () => void }
  | { readonly ok: false; readonly refusal: HandshakeRefusal; readonly message: string }

export interface HandshakeDeps {
  readonly verifier: TokenVerifier
  readonly counter: RateCounter
  readonly clock: Clock
  readonly logger: Logger
  readonly sessions: SessionRegistry
  readonly limits: {
    readonly connections: number
    readonly connectionsPerUser: number
    readonly failures: number
    readonly failuresWindowMs: number
  }
}

/**
 * Decides who may connect. A good token is never refused for the failures of others at the same address; a
 * merely expired one is a real one and no failure, so that browsers that wake up together may all hear that
 * they have to refresh.
 */
export function createHandshake(
  deps: HandshakeDeps,
): (attempt: HandshakeAttempt) => Promise<HandshakeOutcome> {
  const { verifier, clock, sessions, limits } = deps

  return async ({ token, address }) => {
    const verified =
      typeof token === 'string' && token !== ''
        ? await verifier.verify(token, clock.nowMs())
        : ({ ok: false, reason: 'invalid' } as const)
    if (!verified.ok) {
      if (verified.reason === 'expired')
        return refuse('TOKEN_EXPIRED', 'The access token has expired: refresh it')
      const waitMs = await countFailure(deps, address)
      if (waitMs > 0) return refuse('RATE_LIMITED', 'Too many failed handshakes from this address', waitMs)
      return refuse('UNAUTHENTICATED', 'A valid access token is needed: auth.token')
    }
    const { userId, username, role } = verified.claims
    if (sessions.places >= limits.connections) {
      return refuse('TOO_MANY_CONNECTIONS', 'This server has as many connections as it takes', retryPlace())
    }
    if (sessions.placesOf(userId) >= limits.connectionsPerUser) {
      return refuse('TOO_MANY_CONNECTIONS', `You have ${limits.connectionsPerUser} connections`, retryPlace())
    }
    const user = { id: userId, username, role }
    return {
      ok: true,
      admission: { user, address, expiresAtMs: verified.expiresAtMs },
      leave: sessions.takePlace(userId),
    }
  }
}

/** How long the address has to wait, ms; 0 while it has failures left. Without the counter nobody is shut out. */
async function countFailure(deps: HandshakeDeps, address: string): Promise<number> {
  try {
    const key = `handshake:${addressKey(address)}`
    const { count, resetsInMs } = await deps.counter.hit(key, deps.limits.failuresWindowMs)
    return count > deps.limits.failures ? Math.max(1, resetsInMs) : 0
  } catch (error) {
    deps.logger.warn({ err: error }, 'failed handshakes can’t be counted')
    return 0
  }
}

function retryPlace(): number {
  return RETRY_PLACE_MS.least + Math.round(Math.random() * RETRY_PLACE_MS.spread)
}

function refuse(code: HandshakeRefusal['code'], message: string, retryAfterMs?: number): HandshakeOutcome {
  return { ok: false, message, refusal: { code, ...(retryAfterMs !== undefined && { retryAfterMs }) } }
}
