import { describe, expect, it } from '@jest/globals'
import { worstHealth } from './worst-health.js'

describe('the health of several', () => {
  it('is as bad as the worst of them, in whatever order', () => {
    expect(worstHealth(['healthy', 'down', 'degraded'])).toBe('down')
    expect(worstHealth(['down', 'healthy'])).toBe('down')
    expect(worstHealth(['healthy', 'degraded', 'healthy'])).toBe('degraded')
    expect(worstHealth(['healthy'])).toBe('healthy')
  })

  it('is good where there is none', () => {
    expect(worstHealth([])).toBe('healthy')
  })
})
