import type { HandshakeRefusal } from '@iot/contracts'
import type { Clock, RateCounter, TokenVerifier } from '@iot/ports'
import { addressKey, type Logger, type RightsWatch } from '@iot/runtime'
import type { Places } from '../presence/places.js'
import { anonymousAdmission } from './anonymous.js'
import type { HandshakeQueue } from './handshake-queue.js'
import type { Admission } from './session.js'
import type { SessionRegistry } from './session-registry.js'

/** After how long another try makes sense where a place may have become free; spread, so that all don't come at once. */
const RETRY_PLACE_MS = { least: 2_000, spread: 3_000 }

/** What a handshake may be refused for although its token, if any, is good. */
export const HANDSHAKE_LIMITS = [
  'failures_of_address',
  'handshakes_per_second',
  'connections',
  'connections_of_user',
  'connections_of_address',
] as const
export type HandshakeLimit = (typeof HANDSHAKE_LIMITS)[number]

export interface HandshakeAttempt {
  readonly token: unknown
  readonly address: string
}

export type HandshakeOutcome =
  | { readonly ok: true; readonly admission: Admission; readonly seat: Seat }
  | HandshakeRefused

/** A place that a connection has, on this replica and in the fleet. */
export interface Seat {
  /** gives it back, once however often it is called */
  leave(): void
}

interface HandshakeRefused {
  readonly ok: false
  readonly refusal: HandshakeRefusal
  readonly message: string
}

export interface HandshakeDeps {
  readonly verifier: TokenVerifier
  readonly rights: Pick<RightsWatch, 'check'>
  readonly counter: RateCounter
  readonly clock: Clock
  readonly logger: Logger
  readonly sessions: SessionRegistry
  readonly queue: HandshakeQueue
  readonly places: Places
  /** Who has no token may come in and watch. */
  readonly letsAnonymousIn: boolean
  readonly limits: {
    readonly connections: number
    readonly failures: number
    readonly failuresWindowMs: number
  }
  onLimit(limit: HandshakeLimit): void
}

/**
 * Decides who may connect: who it is, whether it is their turn, whether there is a place. A good token is never refused
 * for the failures of others at the same address; a merely expired one is a real one and no failure, so that browsers
 * that wake up together may all hear that they have to refresh. Who shows no good token takes nobody's turn.
 */
export function createHandshake(
  deps: HandshakeDeps,
): (attempt: HandshakeAttempt) => Promise<HandshakeOutcome> {
  return async (attempt) => {
    const admission = await identify(deps, attempt)
    if ('refusal' in admission) return admission
    const waitMs = deps.queue.take(performance.now())
    if (waitMs > 0) {
      deps.onLimit('handshakes_per_second')
      return refuse('RATE_LIMITED', 'Too many come at once: it is your turn after retryAfterMs', waitMs)
    }
    return takePlace(deps, admission)
  }
}

async function identify(
  deps: HandshakeDeps,
  { token, address }: HandshakeAttempt,
): Promise<Admission | HandshakeRefused> {
  const isMissing = token === undefined || token === null || token === ''
  if (isMissing && deps.letsAnonymousIn) return anonymousAdmission(address)
  const verified =
    typeof token === 'string' && token !== ''
      ? await deps.verifier.verify(token, deps.clock.nowMs())
      : ({ ok: false, reason: 'invalid' } as const)
  if (!verified.ok) {
    return verified.reason === 'expired'
      ? refuse('TOKEN_EXPIRED', 'The access token has expired: refresh it')
      : await refuseFailure(deps, address)
  }
  const { userId: id, username, role, sites, userVersion } = verified.claims
  const standing = deps.rights.check(verified.claims)
  if (standing === 'changed') return refuse('TOKEN_EXPIRED', 'Your rights have changed: refresh the token')
  if (standing === 'out') return refuse('UNAUTHENTICATED', 'You were signed out: log in again')
  const user = { id, username, role, ...(sites && { sites }) }
  return { user, userVersion, isAnonymous: false, address, expiresAtMs: verified.expiresAtMs }
}

async function takePlace(deps: HandshakeDeps, admission: Admission): Promise<HandshakeOutcome> {
  const { sessions, places, limits, onLimit } = deps
  if (sessions.places >= limits.connections) {
    onLimit('connections')
    return refuse('TOO_MANY_CONNECTIONS', 'This server has as many connections as it takes', retryPlace())
  }
  const user = ownerOf(admission)
  sessions.takePlace(user)
  const place = await places.take({ user, address: admission.address })
  if (!place.ok) {
    sessions.leavePlace(user)
    onLimit(`connections_of_${place.reached}`)
    const whose = place.reached === 'user' ? 'You have' : 'Your address has'
    return refuse('TOO_MANY_CONNECTIONS', `${whose} ${place.limit} connections`, retryPlace())
  }
  return { ok: true, admission, seat: new TakenSeat(sessions, user, place) }
}

/** Every connection has one: fields, not closures. */
class TakenSeat implements Seat {
  readonly #sessions: SessionRegistry
  readonly #user: string
  #place: Seat | undefined

  constructor(sessions: SessionRegistry, user: string, place: Seat) {
    this.#sessions = sessions
    this.#user = user
    this.#place = place
  }

  leave(): void {
    if (!this.#place) return
    this.#sessions.leavePlace(this.#user)
    this.#place.leave()
    this.#place = undefined
  }
}

/** Whose connections are counted together: a user's, or, of those without a name, an address's. */
function ownerOf({ isAnonymous, user, address }: Admission): string {
  return isAnonymous ? `anonymous at ${addressKey(address)}` : user.id
}

/** Without the counter nobody is shut out. */
async function refuseFailure(deps: HandshakeDeps, address: string): Promise<HandshakeRefused> {
  const waitMs = await countFailure(deps, address)
  if (waitMs === 0) return refuse('UNAUTHENTICATED', 'A valid access token is needed: auth.token')
  deps.onLimit('failures_of_address')
  return refuse('RATE_LIMITED', 'Too many failed handshakes from this address', waitMs)
}

/** How long the address has to wait, ms; 0 while it has failures left. */
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

function refuse(code: HandshakeRefusal['code'], message: string, retryAfterMs?: number): HandshakeRefused {
  return { ok: false, message, refusal: { code, ...(retryAfterMs !== undefined && { retryAfterMs }) } }
}
