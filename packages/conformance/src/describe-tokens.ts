import { createHmac } from 'node:crypto'
import type { AccessClaims } from '@iot/contracts'
import type { TokenIssuer, TokenVerifier } from '@iot/ports'
import { beforeEach, describe, expect, it } from '@jest/globals'

type Tokens = TokenIssuer & TokenVerifier

const SECRET = 'a secret of the tests, long enough for HS256'
const CLAIMS: AccessClaims = { userId: 'u1', username: 'ann', role: 'operator', userVersion: 3 }
const NOW_MS = Date.parse('2026-03-01T12:00:00Z')

function base64url(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

function parts(token: string): { header: Record<string, unknown>; payload: Record<string, unknown> } {
  const [header = '', payload = ''] = token.split('.')
  const read = (text: string) =>
    JSON.parse(Buffer.from(text, 'base64url').toString()) as Record<string, unknown>
  return { header: read(header), payload: read(payload) }
}

/** A token signed with the right key, whatever it says. */
function forge(header: unknown, payload: unknown, hash = 'sha256'): string {
  const body = `${base64url(header)}.${base64url(payload)}`
  return `${body}.${createHmac(hash, SECRET).update(body).digest('base64url')}`
}

export function describeTokens(name: string, create: (secret: string) => Tokens): void {
  describe(`tokens: ${name}`, () => {
    let tokens: Tokens
    let token: string
    beforeEach(async () => {
      tokens = create(SECRET)
      token = (await tokens.issue(CLAIMS, NOW_MS)).token
    })

    it('verifies what it issued, until its end', async () => {
      const { expiresInSeconds } = await tokens.issue(CLAIMS, NOW_MS)
      const endMs = NOW_MS + expiresInSeconds * 1_000
      expect(await tokens.verify(token, NOW_MS)).toEqual({ ok: true, claims: CLAIMS, expiresAtMs: endMs })
      expect((await tokens.verify(token, endMs - 1_000)).ok).toBe(true)
      expect(await tokens.verify(token, endMs + 1_000)).toEqual({ ok: false, reason: 'expired' })
    })

    it('refuses a short secret', () => {
      expect(() => create('only 31 bytes, one too few here')).toThrow(/at least 32/)
    })

    it('refuses a token of another key', async () => {
      const other = create(`${SECRET}!`)
      expect(await other.verify(token, NOW_MS)).toEqual({ ok: false, reason: 'invalid' })
    })

    it('refuses a token that was changed', async () => {
      const { header, payload } = parts(token)
      const signature = token.split('.')[2]
      const raised = `${base64url(header)}.${base64url({ ...payload, role: 'admin' })}.${signature}`
      expect(await tokens.verify(raised, NOW_MS)).toEqual({ ok: false, reason: 'invalid' })
    })

    it.each([
      ['no algorithm', { alg: 'none' }, {}],
      ['another type', { typ: 'JWT' }, {}],
      ['no type', { typ: undefined }, {}],
      ['another issuer', {}, { iss: 'somebody' }],
      ['another audience', {}, { aud: 'elsewhere' }],
      ['no end', {}, { exp: undefined }],
      ['an unknown role', {}, { role: 'root' }],
      ['no user', {}, { sub: undefined }],
      ['claims of a wrong type', {}, { userVersion: '3' }],
    ])('refuses a rightly signed token with %s', async (_, headerChange, payloadChange) => {
      const { header, payload } = parts(token)
      expect(await tokens.verify(forge(header, payload), NOW_MS)).toMatchObject({ ok: true })
      const forged = forge({ ...header, ...headerChange }, { ...payload, ...payloadChange })
      expect(await tokens.verify(forged, NOW_MS)).toEqual({ ok: false, reason: 'invalid' })
    })

    it('refuses another algorithm of the same family', async () => {
      const { header, payload } = parts(token)
      const forged = forge({ ...header, alg: 'HS512' }, payload, 'sha512')
      expect(await tokens.verify(forged, NOW_MS)).toEqual({ ok: false, reason: 'invalid' })
    })

    it.each([['', '.', '..', 'a.b.c', '\u0000', 'x'.repeat(100_000), `${'e30.'.repeat(3)}`]])(
      'answers invalid for garbage',
      async (...garbage) => {
        for (const text of garbage)
          expect(await tokens.verify(text, NOW_MS)).toEqual({ ok: false, reason: 'invalid' })
      },
    )
  })
}
