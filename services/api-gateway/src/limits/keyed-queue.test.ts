import { describe, expect, it } from '@jest/globals'
import { createKeyedQueue } from './keyed-queue.js'

describe('a queue per key', () => {
  it('runs work of one key in turn, also after a failure, and of others side by side', async () => {
    const queue = createKeyedQueue({ maxWaiting: 10 })
    const order: string[] = []
    let release = (): void => {}
    const gate = new Promise<void>((resolve) => {
      release = resolve
    })
    const first = queue.run('a', async () => {
      await gate
      order.push('a1')
      throw new Error('a1 failed')
    })
    const second = queue.run('a', async () => order.push('a2'))
    await queue.run('b', async () => order.push('b1'))
    release()
    await expect(first).rejects.toThrow('a1 failed')
    await second
    expect(order).toEqual(['b1', 'a1', 'a2'])
  })

  it('turns away what would wait behind too many', async () => {
    const queue = createKeyedQueue({ maxWaiting: 1 })
    const work = () => Promise.resolve('done')
    const answers = await Promise.all([queue.run('a', work), queue.run('a', work), queue.run('a', work)])
    expect(answers).toEqual(['done', 'done', 'full'])
    expect(await queue.run('a', work)).toBe('done')
  })
})
