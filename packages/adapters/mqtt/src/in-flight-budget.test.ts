import { describe, expect, it } from '@jest/globals'
import { createInFlightBudget } from './in-flight-budget.js'

describe('the in-flight budget', () => {
  it('calls who waits in the order of asking, once, and stops when it is full again', () => {
    const budget = createInFlightBudget({ maxBytes: 100 })
    const called: string[] = []
    const take = (name: string) => () => {
      called.push(name)
      budget.addMessage(100)
    }
    budget.addMessage(100)
    expect(budget.full).toBe(true)
    const first = take('first')
    budget.waitForRoom(first)
    budget.waitForRoom(take('second'))
    budget.waitForRoom(first)
    budget.removeMessage(100)
    expect(called).toEqual(['first'])
    budget.removeMessage(100)
    expect(called).toEqual(['first', 'second'])
  })

  it('resolves idle when the last message is answered', async () => {
    const budget = createInFlightBudget({ maxBytes: 100 })
    await budget.idle()
    budget.addMessage(10)
    const idle = budget.idle()
    budget.removeMessage(10)
    await idle
    expect([budget.messages, budget.bytes]).toEqual([0, 0])
  })
})
