import { describe, expect, it } from '@jest/globals'
import { LogTail, type Segment } from './log-tail.js'
import type { PartitionState } from './topic-registry.js'

const ALL = { maxRecords: 1_000, maxBytes: 1_000_000 }

function partition(number: number): PartitionState {
  return { topic: 't', partition: number, start: 0, end: 0 }
}

function segment(state: PartitionState, base: number, count: number): Segment {
  const records = Array.from({ length: count }, (_, n) => ({
    topic: state.topic,
    partition: state.partition,
    offset: base + n,
    key: 'k',
    timestampMs: 1,
    value: { n: base + n },
  }))
  return { state, base, records, sizes: records.map(() => 7) }
}

const offsets = (records: readonly { offset: number }[] | undefined) => records?.map(({ offset }) => offset)

describe('the tail of the log', () => {
  it('reads across segments from any offset it holds, within bounds', () => {
    const tail = new LogTail({ maxBytes: 1_000_000 })
    const state = partition(0)
    for (let base = 0; base < 30; base += 3) tail.push(segment(state, base, 3))
    expect(offsets(tail.read(state, 0, ALL))).toEqual(Array.from({ length: 30 }, (_, n) => n))
    expect(offsets(tail.read(state, 10, { ...ALL, maxRecords: 4 }))).toEqual([10, 11, 12, 13])
    expect(offsets(tail.read(state, 29, { maxRecords: 0, maxBytes: 0 }))).toEqual([29])
  })

  it('hands the same record to everybody', () => {
    const tail = new LogTail({ maxBytes: 1_000_000 })
    const state = partition(0)
    tail.push(segment(state, 0, 1))
    const [first] = tail.read(state, 0, ALL)!
    const [again] = tail.read(state, 0, ALL)!
    expect(first!.value).toEqual({ n: 0 })
    expect(again).toBe(first)
  })

  it('drops the oldest segments of all partitions at its bound, and says that it does not reach back', () => {
    const [a, b] = [partition(0), partition(1)]
    const tail = new LogTail({ maxBytes: 3_000 })
    tail.push(segment(a, 0, 4))
    tail.push(segment(b, 0, 4))
    tail.push(segment(a, 4, 4))
    expect(tail.read(a, 0, ALL)).toBeUndefined()
    expect(offsets(tail.read(b, 0, ALL))).toEqual([0, 1, 2, 3])
    expect(offsets(tail.read(a, 4, ALL))).toEqual([4, 5, 6, 7])
  })

  it('forgets one partition whole, and keeps its count right', () => {
    const [a, b] = [partition(0), partition(1)]
    const tail = new LogTail({ maxBytes: 3_000 })
    tail.push(segment(a, 0, 4))
    tail.push(segment(b, 0, 4))
    tail.forget(a)
    expect(tail.read(a, 0, ALL)).toBeUndefined()
    tail.push(segment(a, 9, 4))
    expect(offsets(tail.read(a, 9, ALL))).toEqual([9, 10, 11, 12])
    expect(offsets(tail.read(b, 0, ALL))).toEqual([0, 1, 2, 3])
  })
})
