import { type BatchControl, LogError } from '@iot/ports'
import { silentLogger } from '@iot/runtime'
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import { Committer } from './committer.js'

beforeEach(() => void jest.useFakeTimers())
afterEach(() => void jest.useRealTimers())

/** A log that writes down what is committed, and refuses as long as it is told to. */
function setUp() {
  const committed: number[] = []
  const log = { refusal: undefined as Error | undefined, isStale: false }
  const control: BatchControl = {
    async commit(nextOffset) {
      if (log.refusal) throw log.refusal
      committed.push(nextOffset)
    },
    isStale: () => log.isStale,
    signal: new AbortController().signal,
  }
  const committer = new Committer({ everyMs: 1_000, earlyMs: 200, logger: silentLogger() })
  return { committed, log, committer, note: (next: number) => committer.note('readings 0', control, next) }
}

const pass = (ms: number) => jest.advanceTimersByTimeAsync(ms)

describe('what has been published', () => {
  it('is committed at once after a rest, and then once a second as far as it has come', async () => {
    const { committed, note } = setUp()
    note(10)
    await pass(0)
    expect(committed).toEqual([10])
    for (let next = 11; next <= 18; next++) {
      await pass(100)
      note(next)
    }
    expect(committed).toEqual([10])
    await pass(200)
    expect(committed).toEqual([10, 18])
    await pass(5_000)
    expect(committed).toEqual([10, 18])
  })

  it('is committed earlier where it is much: it counts as lag until then', async () => {
    const { committed, note } = setUp()
    note(10)
    await pass(0)
    note(509)
    await pass(500)
    expect(committed).toEqual([10])
    note(1_010)
    await pass(0)
    expect(committed).toEqual([10, 1_010])
    note(2_010)
    await pass(199)
    expect(committed).toEqual([10, 1_010])
    await pass(1)
    expect(committed).toEqual([10, 1_010, 2_010])
  })

  it('is committed later where that has failed, and not at all where the partition is another member’s', async () => {
    const { committed, log, note } = setUp()
    log.refusal = new Error('away')
    note(10)
    await pass(500)
    log.refusal = undefined
    await pass(500)
    expect(committed).toEqual([10])
    log.refusal = new LogError('LOG_STALE', 'another member’s')
    note(11)
    await pass(1_000)
    log.refusal = undefined
    await pass(5_000)
    expect(committed).toEqual([10])
  })

  it('is committed now where somebody waits for it', async () => {
    const { committed, committer, note } = setUp()
    note(10)
    await pass(0)
    note(11)
    await committer.flush()
    expect(committed).toEqual([10, 11])
  })
})
