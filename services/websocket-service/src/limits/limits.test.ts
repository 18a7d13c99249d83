import { describe, expect, it } from '@jest/globals'
import { createAllowedOrigins } from './allowed-origins.js'
import { createClientAddress } from './client-address.js'
import { TokenBucket } from './token-bucket.js'

describe('the client’s address', () => {
  it('is the peer’s, whatever X-Forwarded-For says, unless the peer is a trusted proxy', () => {
    const addressOf = createClientAddress('10.0.0.0/8, 127.0.0.1, fd00::/8')
    expect(addressOf('1.2.3.4', '9.9.9.9')).toBe('1.2.3.4')
    expect(addressOf('::ffff:127.0.0.1', '6.6.6.6, 9.9.9.9')).toBe('9.9.9.9')
    expect(addressOf('10.1.1.1', '9.9.9.9, 10.2.2.2')).toBe('9.9.9.9')
    expect(addressOf('fd00::1', '2001:db8::1')).toBe('2001:db8::1')
    expect(addressOf('10.1.1.1', 'rubbish')).toBe('10.1.1.1')
    expect(addressOf('10.1.1.1', undefined)).toBe('10.1.1.1')
    expect(createClientAddress('')('127.0.0.1', '9.9.9.9')).toBe('127.0.0.1')
  })

  it('needs networks that can be read', () => {
    for (const bad of ['proxy', '10.0.0.0/33', '10.0.0.0/x', '::/129']) {
      expect(() => createClientAddress(bad)).toThrow(/TRUST_PROXY/)
    }
  })
})

describe('allowed origins', () => {
  it('name the entry that is none', () => {
    expect(() => createAllowedOrigins({ FRONTEND_URL: undefined, CORS_ORIGINS: 'localhost:5173' })).toThrow(
      /CORS_ORIGINS: “localhost:5173”/,
    )
    expect(() => createAllowedOrigins({ FRONTEND_URL: 'ftp://x', CORS_ORIGINS: '' })).toThrow(/FRONTEND_URL/)
  })

  it('compare hosts with their ports', () => {
    const origins = createAllowedOrigins({ FRONTEND_URL: undefined, CORS_ORIGINS: '' })
    expect(origins.allows('http://a.example:8080', 'A.example:8080')).toBe(true)
    expect(origins.allows('http://a.example', 'a.example:8080')).toBe(false)
    expect(origins.allows('http://a.example', undefined)).toBe(false)
    expect(origins.allows('file://a.example', 'a.example')).toBe(false)
  })
})

describe('a token bucket', () => {
  it('lets a second’s worth through at once, then the rate', () => {
    const bucket = new TokenBucket(10, 0)
    for (let taken = 0; taken < 10; taken++) expect(bucket.take(0)).toBe(0)
    expect(bucket.take(0)).toBe(100)
    expect(bucket.take(50)).toBe(50)
    expect(bucket.take(100)).toBe(0)
    expect(bucket.take(100)).toBeGreaterThan(0)
    expect(bucket.take(50)).toBeGreaterThan(0)
  })
})
