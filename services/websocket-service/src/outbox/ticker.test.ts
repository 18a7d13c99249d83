import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import { startTicker } from './ticker.js'

describe('tickers', () => {
  beforeEach(() => void jest.useFakeTimers({ now: 1_000_037 }))
  afterEach(() => void jest.useRealTimers())

  it('tick at the same places of the clock, whenever they were started', () => {
    const ticks: string[] = []
    function start(name: string): () => void {
      const tick = () => ticks.push(`${name} ${Date.now() - 1_000_000}`)
      return startTicker({ everyMs: 100, offsetMs: 45, tick })
    }
    const stopFirst = start('first')
    jest.advanceTimersByTime(60)
    const stopSecond = start('second')
    jest.advanceTimersByTime(200)
    stopFirst()
    stopSecond()
    jest.advanceTimersByTime(500)
    expect([...ticks].sort()).toEqual(['first 145', 'first 245', 'second 145', 'second 245'])
  })
})
