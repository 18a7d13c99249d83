import { describe, expect, it } from '@jest/globals'
import { LastCloses } from './last-closes.js'

describe('what is remembered of closed sessions', () => {
  it('is told once, the newest, and not after ten minutes', () => {
    const closes = new LastCloses()
    closes.note('ada', 'idle', 0)
    closes.note('ada', 'slow consumer', 1)
    closes.note('grace', 'idle', 0)
    expect(closes.take('ada', 2)).toBe('slow consumer')
    expect(closes.take('ada', 2)).toBeUndefined()
    expect(closes.take('grace', 600_001)).toBeUndefined()
  })

  it('is bounded: the oldest note goes', () => {
    const closes = new LastCloses()
    for (let user = 0; user <= 10_000; user++) closes.note(`user ${user}`, 'idle', 0)
    expect(closes.take('user 0', 0)).toBeUndefined()
    expect(closes.take('user 1', 0)).toBe('idle')
  })
})
