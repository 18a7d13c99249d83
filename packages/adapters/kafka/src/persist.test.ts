import { describe, expect, it } from '@jest/globals'
import { persist } from './persist.js'

const signal = new AbortController().signal

function failing(times: number, error: Error): { work: () => Promise<number>; attempts: () => number } {
  let attempts = 0
  return {
    attempts: () => attempts,
    work: async () => {
      attempts += 1
      if (attempts <= times) throw error
      return attempts
    },
  }
}

describe('trying again', () => {
  it('goes on until it works', async () => {
    const { work } = failing(2, new Error('not the leader'))
    expect(await persist(work, { withinMs: 5_000, signal })).toBe(3)
  })

  it('ends with the error when the time is over', async () => {
    const { work } = failing(9, new Error('not the leader'))
    await expect(persist(work, { withinMs: 0, signal })).rejects.toThrow('not the leader')
  })

  it('does not try what can’t work', async () => {
    const refused = Object.assign(new Error('no'), { type: 'TOPIC_AUTHORIZATION_FAILED' })
    const { work, attempts } = failing(9, new Error('no retries left', { cause: refused }))
    await expect(persist(work, { withinMs: 5_000, signal })).rejects.toThrow('no retries left')
    expect(attempts()).toBe(1)
  })

  it('ends when it is told to', async () => {
    const told = new AbortController()
    const { work } = failing(1_000, new Error('not the leader'))
    const ended = persist(work, { withinMs: 60_000, signal: told.signal })
    told.abort()
    await expect(ended).rejects.toThrow('not the leader')
  })
})
