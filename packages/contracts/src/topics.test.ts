import { describe, expect, it } from '@jest/globals'
import { partitionOf } from './topics.js'

describe('the partition of a key', () => {
  // Expected values: Java's Utils.murmur2 as published in Apache Kafka's own UtilsTest.
  it.each([
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
  ])('is that of Kafka’s default partitioner for %s', (key, hash) => {
    for (const count of [1, 6, 97]) expect(partitionOf(key, count)).toBe((hash & 0x7fffffff) % count)
  })
})
