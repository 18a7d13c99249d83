import { describe, expect, it } from '@jest/globals'
import { createClientAddress } from './client-address.js'

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
    for (const bad of ['proxy', '10.0.0.0/33', '10.0.0.0/x', '::/129', '10.0.0.0/']) {
      expect(() => createClientAddress(bad)).toThrow(/TRUST_PROXY/)
    }
  })
})
