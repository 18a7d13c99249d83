import { AccessClaims } from '@iot/contracts'
import type { TokenIssuer, TokenVerifier, VerifiedToken } from '@iot/ports'
import { errors, jwtVerify, SignJWT } from 'jose'
import { Compile } from 'typebox/compile'

const ALGORITHM = 'HS256'
/** RFC 9068: an access token, and nothing else that is signed with the same key. */
const TYPE = 'at+jwt'
const MIN_SECRET_BYTES = 32
/** A longer text is no token of ours; it is not worth the work of looking at it. */
const MAX_TOKEN_LENGTH = 12_288

const claimsCheck = Compile(AccessClaims)

export interface TokenServiceOptions {
  readonly secret: string
  readonly issuer?: string
  readonly audience?: string
  /** how long a token is valid, seconds */
  readonly lifetimeSeconds?: number
}

/** Issues and verifies access tokens. Throws for a secret under 32 bytes: HS256 is as strong as its key. */
export function createTokenService(options: TokenServiceOptions): TokenIssuer & TokenVerifier {
  const key = new TextEncoder().encode(options.secret)
  if (key.length < MIN_SECRET_BYTES) {
    throw new RangeError(`JWT_SECRET has ${key.length} bytes: it needs at least ${MIN_SECRET_BYTES}`)
  }
  const issuer = options.issuer ?? 'iot-monitoring'
  const audience = options.audience ?? 'iot-monitoring'
  const lifetimeSeconds = options.lifetimeSeconds ?? 900

  return {
    async issue(claims, nowMs) {
      const nowSeconds = Math.floor(nowMs / 1_000)
      const token = await new SignJWT({
        username: claims.username,
        role: claims.role,
        ...(claims.sites && { sites: claims.sites }),
        userVersion: claims.userVersion,
      })
        .setProtectedHeader({ alg: ALGORITHM, typ: TYPE })
        .setSubject(claims.userId)
        .setIssuer(issuer)
        .setAudience(audience)
        .setIssuedAt(nowSeconds)
        .setExpirationTime(nowSeconds + lifetimeSeconds)
        .sign(key)
      return { token, expiresInSeconds: lifetimeSeconds }
    },
    async verify(token, nowMs) {
      if (typeof token !== 'string' || token.length > MAX_TOKEN_LENGTH)
        return { ok: false, reason: 'invalid' }
      try {
        const { payload } = await jwtVerify(token, key, {
          algorithms: [ALGORITHM],
          typ: TYPE,
          issuer,
          audience,
          requiredClaims: ['sub', 'exp', 'iat'],
          currentDate: new Date(nowMs),
        })
        return present(payload)
      } catch (error) {
        return { ok: false, reason: error instanceof errors.JWTExpired ? 'expired' : 'invalid' }
      }
    },
  }
}

function present(payload: Record<string, unknown>): VerifiedToken {
  const { sub: userId, username, role, sites, userVersion, exp } = payload
  const claims = { userId, username, role, userVersion, ...(sites !== undefined && { sites }) }
  if (!claimsCheck.Check(claims) || typeof exp !== 'number') return { ok: false, reason: 'invalid' }
  return { ok: true, claims, expiresAtMs: exp * 1_000 }
}
