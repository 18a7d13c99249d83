import { describe, expect, it } from '@jest/globals'
import { batchReadings } from './batch-readings.js'
import { aReading, FakeTimers } from './fake-server.js'

function setUp(more: { size?: number; everyMs?: number } = {}) {
  const timers = new FakeTimers()
  const batches: number[][] = []
  const gathering = batchReadings({
    onBatch: (readings) => batches.push(readings.map(({ value }) => value)),
    timers,
    ...more,
  })
  const add = (from: number, count: number) =>
    gathering.add(Array.from({ length: count }, (_, index) => aReading('d', from + index)))
  return { timers, batches, gathering, add }
}

describe('gathering readings', () => {
  it('gives 50 at once, and the rest 100 ms after its first', async () => {
    const { timers, batches, add } = setUp()
    add(0, 120)
    expect(batches.map(({ length }) => length)).toEqual([50, 50])
    await timers.turn(60)
    add(120, 1)
    await timers.turn(39)
    expect(batches).toHaveLength(2)
    await timers.turn(1)
    expect(batches.flat()).toEqual(Array.from({ length: 121 }, (_, value) => value))
    await timers.turn(1_000)
    expect(batches).toHaveLength(3)
  })

  it('takes one by one, goes out when asked to, and forgets when told to', async () => {
    const { timers, batches, gathering } = setUp({ size: 3, everyMs: 10 })
    gathering.add(aReading('d', 1))
    gathering.flush()
    gathering.flush()
    gathering.add(aReading('d', 2))
    gathering.clear()
    await timers.turn(100)
    expect(batches).toEqual([[1]])
  })
})
