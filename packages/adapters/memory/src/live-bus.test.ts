import { describeLiveBus } from '@iot/conformance'
import { type LiveBatch, systemClock } from '@iot/ports'
import { silentLogger } from '@iot/runtime'
import { FakeClock } from '@iot/testkit'
import { describe, expect, it } from '@jest/globals'
import { createInProcessBus } from './live-bus.js'

describeLiveBus('the in-process bus', async (bounds) => {
  const bus = createInProcessBus({ ...bounds, clock: systemClock, logger: silentLogger() })
  const epoch = 'log-1'
  bus.open(epoch)
  await bus.start({ signal: new AbortController().signal, fail: () => {} })
  return { epoch, bus, state: bus, close: () => bus.stop() }
})

describe('the in-process bus', () => {
  const batch = (before: number, last: number, more: Partial<LiveBatch> = {}): LiveBatch => ({
    epoch: 'one',
    kind: 'readings',
    partition: 0,
    before,
    last,
    entries: [{ offset: last, deviceId: 'd', json: '{}' }],
    ...more,
  })
  const open = (clock = new FakeClock()) => ({
    clock,
    bus: createInProcessBus({ clock, logger: silentLogger(), windowBytes: 100_000 }),
  })

  it('tells batches one after another when a subscriber publishes while being told', async () => {
    const { bus } = open()
    const order: string[] = []
    for (const name of ['first', 'second']) {
      await bus.subscribe({
        onBatch({ last }) {
          order.push(`${name} ${last}`)
          if (order.length === 1) void bus.publish([batch(0, 1)], [])
        },
      })
    }
    await bus.publish([batch(-1, 0)], [])
    expect(order).toEqual(['first 0', 'second 0', 'first 1', 'second 1'])
  })

  it('begins an empty window for another log', async () => {
    const { bus } = open()
    await bus.publish([batch(-1, 0)], [])
    await bus.publish([batch(-1, 0, { epoch: 'two' })], [])
    expect((await bus.heads()).epoch).toBe('two')
    expect((await bus.window('readings', 0, -1, 'one')).complete).toBe(false)
    expect((await bus.window('readings', 0, -1, 'two')).batches).toHaveLength(1)
  })

  it('holds the last 120 seconds, where the bytes allow', async () => {
    const { bus, clock } = open()
    for (let offset = 0; offset <= 300; offset++) {
      await bus.publish([batch(offset - 1, offset)], [])
      clock.advance(1_000)
    }
    expect((await bus.window('readings', 0, 300 - 120, 'one')).complete).toBe(true)
    expect((await bus.window('readings', 0, 300 - 140, 'one')).complete).toBe(false)
  })

  it('counts the bytes it holds, and lets all of them go', async () => {
    const { bus, clock } = open()
    const texts = ['{"unit":"°C"}', '{"location":"Kho lạnh"}']
    const sizes: number[] = []
    for (const [offset, json] of texts.entries()) {
      const empty = bus.windowBytes()
      await bus.publish([batch(offset - 1, offset, { entries: [{ offset, deviceId: 'd', json }] })], [])
      sizes.push(bus.windowBytes() - empty)
    }
    // as UTF-8: some characters take more than one byte
    expect(sizes[1]! - sizes[0]!).toBe(Buffer.byteLength(texts[1]!) - Buffer.byteLength(texts[0]!))
    clock.advance(200_000)
    await bus.publish([batch(1, 2, { entries: [] })], [])
    expect(bus.windowBytes()).toBeLessThan(sizes[0]!)
  })

  it('gives back what it has packed, whatever the texts are', async () => {
    const { bus } = open()
    const entries = [
      { offset: 0, index: 0, deviceId: 'd,1;', sensorType: ';,', json: '{"a":";"}' },
      { offset: 0, index: 1, deviceId: 'd,1;', sensorType: 'nhiệt độ', json: '{"unit":"°C"}' },
      { offset: 1, deviceId: '', json: '{}' },
    ]
    await bus.publish([batch(-1, 1, { entries })], [])
    expect((await bus.window('readings', 0, -1, 'one')).batches).toEqual([batch(-1, 1, { entries })])
    expect((await bus.window('readings', 0, 0, 'one')).batches).toEqual([
      batch(0, 1, { entries: entries.slice(2) }),
    ])
  })

  it('forgets the rate of an hour ago', async () => {
    const { bus, clock } = open()
    await bus.publish([batch(-1, 0)], [])
    clock.advance(30_000)
    await bus.publish([batch(0, 1)], [])
    clock.advance(31_000)
    expect(await bus.rate()).toEqual({ readingsPerMinute: 1 })
    clock.advance(3_600_000)
    expect(await bus.rate()).toEqual({ readingsPerMinute: 0 })
  })
})
