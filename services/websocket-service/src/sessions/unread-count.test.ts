import { StoreUnavailable } from '@iot/ports'
import { silentLogger } from '@iot/runtime'
import { describe, expect, it } from '@jest/globals'
import { createUnreadCount } from './unread-count.js'

/** A store that answers when it is told to. */
function createStore() {
  const waiting: { resolve(count: number): void; reject(error: Error): void }[] = []
  let asked = 0
  return {
    waiting,
    asked: () => asked,
    unread: () =>
      new Promise<number>((resolve, reject) => {
        asked += 1
        waiting.push({ resolve, reject })
      }),
  }
}

describe('the count of unread notices', () => {
  it('is asked for by four handshakes at once, and left out of further ones', async () => {
    const store = createStore()
    const count = createUnreadCount({ notifications: store, logger: silentLogger() })
    const first = Array.from({ length: 4 }, (_, index) => count(`user-${index}`))
    expect(await count('one more')).toBeUndefined()
    for (const [index, { resolve }] of store.waiting.entries()) resolve(index)
    expect(await Promise.all(first)).toEqual([0, 1, 2, 3])
    const next = count('one more')
    store.waiting.at(-1)!.resolve(7)
    expect(await next).toBe(7)
  })

  it('is not waited for after a failure: the store is spared for a while', async () => {
    const store = createStore()
    const count = createUnreadCount({ notifications: store, logger: silentLogger() })
    const failing = count('ada')
    store.waiting[0]!.reject(new StoreUnavailable('away'))
    expect(await failing).toBeUndefined()
    expect(await count('ada')).toBeUndefined()
    expect(store.asked()).toBe(1)
  })

  it('is left out where the answer takes too long, and a late rejection is nobody’s', async () => {
    const store = createStore()
    const count = createUnreadCount({ notifications: store, logger: silentLogger() })
    expect(await count('ada')).toBeUndefined()
    store.waiting[0]!.reject(new StoreUnavailable('away'))
    await new Promise((resolve) => setImmediate(resolve))
  })
})
