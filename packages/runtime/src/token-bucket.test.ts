import { describe, expect, it } from '@jest/globals'
import { createTokenBucket } from './token-bucket.js'

describe('the token bucket', () => {
  it('lets a second’s worth through at once, and then so many a second', () => {
    const bucket = createTokenBucket({ perSecond: 10 })
    for (let n = 0; n < 10; n++) expect(bucket.take(0)).toBe(0)
    expect(bucket.take(0)).toBe(100)
    expect(bucket.take(50)).toBe(50)
    expect(bucket.take(100)).toBe(0)
    expect(bucket.take(100)).toBe(100)
  })

  it('never saves up more than a second’s worth', () => {
    const bucket = createTokenBucket({ perSecond: 2 })
    bucket.take(0)
    let through = 0
    while (bucket.take(1_000_000) === 0) through += 1
    expect(through).toBe(2)
  })
})
