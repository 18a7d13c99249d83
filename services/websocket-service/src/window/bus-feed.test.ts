import { createInProcessBus } from '@iot/adapter-memory'
import {
  type LiveBatch,
  type LiveHeads,
  type LiveSubscriber,
  systemClock,
  type WindowSlice,
} from '@iot/ports'
import { silentLogger } from '@iot/runtime'
import { until } from '@iot/testkit'
import { describe, expect, it } from '@jest/globals'
import { createBusFeed } from './bus-feed.js'
import { Heads } from './heads.js'

const EPOCH = 'e1'

function batch(before: number, last: number, partition = 0, epoch = EPOCH): LiveBatch {
  const entries = Array.from({ length: last - before }, (_, index) => ({
    offset: before + 1 + index,
    deviceId: 'd',
    json: '{}',
  }))
  return { epoch, kind: 'readings', partition, before, last, entries }
}

/** The in-process bus with a wire in between that can lose what was published. */
async function lossy(window?: (slice: WindowSlice) => Promise<WindowSlice>) {
  const bus = createInProcessBus({ clock: systemClock, logger: silentLogger(), windowBytes: 1_000_000 })
  const seen: number[] = []
  const gaps: string[] = []
  const begins: string[] = []
  const heads = new Heads(EPOCH)
  let subscriber: LiveSubscriber | undefined
  let losing = false
  let asked = 0
  const feed = createBusFeed({
    heads,
    logger: silentLogger(),
    bus: {
      ...bus,
      subscribe: (one) => {
        subscriber = one
        return bus.subscribe({ onBatch: (got) => !losing && one.onBatch(got) })
      },
      window: async (...args) => {
        asked += 1
        const slice = await bus.window(...args)
        return window ? window(slice) : slice
      },
    },
    onEntries: (_, __, entries) => seen.push(...entries.map(({ offset }) => offset)),
    onBegin: (kind, partition, after) => begins.push(`${kind} ${partition} ${after}`),
    onRestart: () => begins.push('restart'),
    onGap: (outcome) => gaps.push(outcome),
  })
  await feed.start()
  return {
    bus,
    feed,
    heads,
    seen,
    gaps,
    begins,
    asked: () => asked,
    tell: () => subscriber!,
    async publish(one: LiveBatch, options: { lose?: boolean } = {}) {
      losing = options.lose ?? false
      await bus.publish([one], [])
    },
  }
}

describe('the feed from the bus', () => {
  it('passes on what follows, each offset once, also of repeats and overlaps', async () => {
    const { publish, seen, tell, gaps } = await lossy()
    await publish(batch(-1, 1))
    await publish(batch(1, 3))
    tell().onBatch(batch(1, 3))
    tell().onBatch(batch(2, 5))
    expect(seen).toEqual([0, 1, 2, 3, 4, 5])
    expect(gaps).toEqual([])
  })

  it('fills a gap from the window in order, while more comes in', async () => {
    const { publish, seen, gaps } = await lossy()
    await publish(batch(-1, 0))
    await publish(batch(0, 4), { lose: true })
    await publish(batch(4, 5))
    await publish(batch(5, 6))
    await until('all', () => seen.length === 7)
    expect(seen).toEqual([0, 1, 2, 3, 4, 5, 6])
    expect(gaps).toEqual(['filled'])
  })

  it('notices by a beat that the last batch was lost', async () => {
    const { bus, publish, seen, tell } = await lossy()
    await publish(batch(-1, 0))
    await publish(batch(0, 2), { lose: true })
    tell().onBeat!(await bus.heads())
    await until('the lost', () => seen.length === 3)
    expect(seen).toEqual([0, 1, 2])
  })

  it('compares heads after the bus was away', async () => {
    const { publish, seen, tell } = await lossy()
    await publish(batch(-1, 0))
    await publish(batch(0, 1), { lose: true })
    tell().onReconnect!()
    await until('the lost', () => seen.length === 2)
  })

  it('counts what the window no longer has as lost, and goes on', async () => {
    const { publish, seen, gaps, begins } = await lossy(async () => ({ complete: false, batches: [] }))
    await publish(batch(-1, 0))
    await publish(batch(0, 4), { lose: true })
    await publish(batch(4, 5))
    await until('the next', () => seen.length === 2)
    expect(seen).toEqual([0, 5])
    expect(gaps).toEqual(['lost'])
    expect(begins).toEqual(['readings 0 -1', 'readings 0 4'])
    await publish(batch(5, 6))
    expect(seen).toEqual([0, 5, 6])
  })

  it('tries again where the window could not be read', async () => {
    let fails = 1
    const { publish, seen, asked } = await lossy(async (slice) => {
      if (fails-- > 0) throw new Error('away')
      return slice
    })
    await publish(batch(-1, 0))
    await publish(batch(0, 1), { lose: true })
    await publish(batch(1, 2))
    await until('the first try', () => asked() === 1)
    await until('the second', async () => {
      await publish(batch(seen.length + 1, seen.length + 2))
      return asked() >= 2
    })
    await until('all in order', () => seen.length >= 4)
    expect(seen.slice(0, 4)).toEqual([0, 1, 2, 3])
  })

  it('begins with the past that the bus holds, and with what comes while that is read', async () => {
    const { feed, bus, seen, begins } = await lossy(async (slice) => {
      if (slice.batches.at(-1)?.last === 9) await bus.publish([batch(9, 12)], [])
      return slice
    })
    await feed.stop()
    await bus.publish([batch(4, 7)], [])
    await bus.publish([batch(7, 9)], [])
    await feed.start()
    expect(begins).toEqual(['readings 0 4'])
    expect(seen).toEqual([5, 6, 7, 8, 9, 10, 11, 12])
    await bus.publish([batch(12, 13)], [])
    expect(seen.at(-1)).toBe(13)
  })

  it('begins where the bus stands when the past can’t be read', async () => {
    let fails = 1
    const { feed, bus, seen, begins } = await lossy(async (slice) => {
      if (fails-- > 0) throw new Error('away')
      return slice
    })
    await feed.stop()
    await bus.publish([batch(4, 9)], [])
    await feed.start()
    expect(begins).toEqual(['readings 0 9'])
    await bus.publish([batch(9, 10)], [])
    expect(seen).toEqual([10])
  })

  it('begins anew with another log', async () => {
    const { publish, seen, tell, heads, begins } = await lossy()
    await publish(batch(-1, 5))
    tell().onBatch(batch(-1, 0, 0, 'e2'))
    expect(seen.slice(-1)).toEqual([0])
    expect(begins).toEqual(['readings 0 -1', 'restart', 'readings 0 -1'])
    expect(heads.positions()).toEqual({ epoch: 'e2', readings: { 0: 0 }, status: {}, alerts: {} })
    const old: LiveHeads = {
      epoch: EPOCH,
      readings: new Map([[0, 99]]),
      status: new Map(),
      alerts: new Map(),
    }
    tell().onBeat!(old)
    expect(heads.get('readings', 0)).toBe(0)
  })
})
