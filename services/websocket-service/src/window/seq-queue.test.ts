import { describe, expect, it } from '@jest/globals'
import { SeqQueue } from './seq-queue.js'

describe('the places of one device', () => {
  it('stay in order, whatever was given up at the front', () => {
    const queue = new SeqQueue()
    const expected: number[] = []
    for (let seq = 0; seq < 2_000; seq++) {
      queue.push(seq * 3)
      expected.push(seq * 3)
      if (seq % 3 > 0) {
        queue.shift()
        expected.shift()
      }
      expect(queue.length).toBe(expected.length)
      if (seq % 50 === 0) expect(queue.from(seq * 2)).toEqual(expected.filter((one) => one >= seq * 2))
    }
    expect(queue.from(0)).toEqual(expected)
    expect(queue.from(6_000)).toEqual([])
  })

  it('are given up as fast where a fast device has very many', () => {
    const queue = new SeqQueue()
    for (let seq = 0; seq < 500_000; seq++) queue.push(seq)
    const beganMs = performance.now()
    while (queue.length > 0) queue.shift()
    // Some ms; moving the rest up at every step takes minutes.
    expect(performance.now() - beganMs).toBeLessThan(5_000)
    expect(queue.from(0)).toEqual([])
  })
})
