import { describe, expect, it } from '@jest/globals'
import { createAllowedOrigins } from './allowed-origins.js'

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
