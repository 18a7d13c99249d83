import type { AccessClaims } from '@iot/contracts'

export interface TokenIssuer {
  /** An access token (JWT, HS256, type `at+jwt`) that is valid for `lifetimeSeconds` from `nowMs`. */
  issue(claims: AccessClaims, nowMs: number): Promise<{ token: string; expiresInSeconds: number }>
}

export interface TokenVerifier {
  /**
   * Checks signature, algorithm, issuer, audience, type and time, and the shape of the claims.
   * Never rejects for what a token says: a bad one is a value.
   */
  verify(token: string, nowMs: number): Promise<VerifiedToken>
}

export type VerifiedToken =
  | { readonly ok: true; readonly claims: AccessClaims; readonly expiresAtMs: number }
  | { readonly ok: false; readonly reason: 'expired' | 'invalid' }

export interface PasswordHasher {
  hash(password: string): Promise<string>
  /** False for a wrong password and for a hash that is none. Takes as long for a missing hash (`undefined`). */
  verify(password: string, hash: string | undefined): Promise<boolean>
}
