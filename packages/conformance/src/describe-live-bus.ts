import { LIVE_KINDS } from '@iot/contracts'
import type { DeviceStateChange, LiveBatch, LiveBus, LiveEntry, LiveHeads, LiveState } from '@iot/ports'
import { until } from '@iot/testkit'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { withPlainBatches } from './plain-batches.js'

export interface LiveBusUnderTest {
  /** the identity of the log that batches are published under */
  readonly epoch: string
  readonly bus: LiveBus
  readonly state: LiveState
  close(): Promise<void>
}

export interface LiveBusBounds {
  readonly windowBytes: number
  readonly windowMs: number
  readonly beatMs: number
}

const AMPLE: LiveBusBounds = { windowBytes: 1_000_000, windowMs: 60_000, beatMs: 20 }

/**
 * What every live bus keeps. Delivery is at most once and may take its time: nothing here counts on a batch
 * being with its subscribers when `publish` resolves.
 */
export function describeLiveBus(
  name: string,
  create: (bounds: LiveBusBounds) => Promise<LiveBusUnderTest>,
): void {
  describe(`${name} keeps the promises of a live bus`, () => {
    let under: LiveBusUnderTest
    let bus: LiveBus

    async function open(bounds: Partial<LiveBusBounds> = {}): Promise<void> {
      await under?.close()
      under = await create({ ...AMPLE, ...bounds })
      bus = withPlainBatches(under.bus)
    }

    /** A batch of one entry per offset after `before`. */
    function batchOf(before: number, last: number, more: Partial<LiveBatch> = {}): LiveBatch {
      const partition = more.partition ?? 0
      const entries: LiveEntry[] = []
      for (let offset = before + 1; offset <= last; offset++) entries.push(entryOf(partition, offset))
      return { epoch: under.epoch, kind: 'readings', partition, before, last, entries, ...more }
    }

    async function listen() {
      const batches: LiveBatch[] = []
      const leave = await bus.subscribe({ onBatch: (batch) => void batches.push(batch) })
      return { batches, leave }
    }

    beforeEach(() => open())
    afterEach(() => under.close())

    describe('delivery', () => {
      it('hands every batch to every subscriber, in order, with the text untouched', async () => {
        const one = await listen()
        const other = await listen()
        const odd = '{"deviceId":"d","location":"Kho lạnh №1 ❄\\n"}'
        await bus.publish([batchOf(-1, 1)], [])
        await bus.publish([batchOf(1, 2, { entries: [{ offset: 2, deviceId: 'd', json: odd }] })], [])
        for (const { batches } of [one, other]) {
          await until('both batches have come', () => batches.length === 2)
          expect(batches).toEqual([
            batchOf(-1, 1),
            batchOf(1, 2, { entries: [{ offset: 2, deviceId: 'd', json: odd }] }),
          ])
        }
      })

      it('gives a subscriber only what is published after it came', async () => {
        await bus.publish([batchOf(-1, 3)], [])
        const { batches } = await listen()
        await bus.publish([batchOf(3, 4)], [])
        await until('the later batch has come', () => batches.some(({ last }) => last === 4))
        expect(batches).toEqual([batchOf(3, 4)])
      })

      it('tells nothing more to who has left', async () => {
        const stays = await listen()
        const leaves = await listen()
        await leaves.leave()
        await bus.publish([batchOf(-1, 0)], [])
        await until('who stays has heard', () => stays.batches.length === 1)
        expect(leaves.batches).toEqual([])
      })

      it('does not let one subscriber’s failure reach the others or the publisher', async () => {
        await bus.subscribe({
          onBatch() {
            throw new Error('a subscriber’s own trouble')
          },
        })
        const { batches } = await listen()
        await bus.publish([batchOf(-1, 0)], [])
        await bus.publish([batchOf(0, 1)], [])
        await until('the healthy one has heard both', () => batches.length === 2)
      })

      it('shows state and window of a batch no later than the batch itself', async () => {
        const seen: Promise<unknown>[] = []
        await bus.subscribe({
          onBatch: () => {
            seen.push(Promise.all([bus.window('readings', 0, -1, under.epoch), under.state.get(['d'])]))
          },
        })
        await bus.publish([batchOf(-1, 0)], [{ deviceId: 'd', status: 'online' }])
        await until('it has been told', () => seen.length === 1)
        expect(await seen[0]).toEqual([
          { complete: true, batches: [batchOf(-1, 0)] },
          [{ deviceId: 'd', status: 'online', readings: [] }],
        ])
      })

      it('beats with the heads, so that a lost last batch is noticed', async () => {
        const beats: LiveHeads[] = []
        await bus.subscribe({ onBatch() {}, onBeat: (heads) => void beats.push(heads) })
        await bus.publish([batchOf(-1, 6), batchOf(-1, 2, { kind: 'status', partition: 3 })], [])
        await bus.publish([batchOf(-1, 4, { kind: 'alerts', partition: 5 })], [])
        const beat = await until('a beat tells of them', () =>
          beats.find(
            ({ readings, status, alerts }) =>
              readings.get(0) === 6 && status.get(3) === 2 && alerts.get(5) === 4,
          ),
        )
        expect(beat.epoch).toBe(under.epoch)
      })
    })

    describe('repeats and holes', () => {
      it('publishes a batch once, however often it is sent', async () => {
        const { batches } = await listen()
        await bus.publish([batchOf(-1, 4)], [])
        await bus.publish([batchOf(-1, 4)], [])
        await bus.publish([batchOf(2, 3)], [])
        await bus.publish([batchOf(4, 5)], [])
        await until('the last has come', () => batches.some(({ last }) => last === 5))
        expect(batches).toEqual([batchOf(-1, 4), batchOf(4, 5)])
        expect(await windowAfter(-1)).toEqual([0, 1, 2, 3, 4, 5])
      })

      it('takes only the new part of a batch that overlaps what was published', async () => {
        const { batches } = await listen()
        await bus.publish([batchOf(-1, 4)], [])
        await bus.publish([batchOf(2, 7)], [])
        await until('the new part has come', () => batches.some(({ last }) => last === 7))
        expect(batches).toEqual([batchOf(-1, 4), batchOf(4, 7)])
        expect(await windowAfter(-1)).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
      })

      it('covers offsets that have nothing to show', async () => {
        const { batches } = await listen()
        await bus.publish([batchOf(-1, 9, { entries: [entryOf(0, 3)] })], [])
        await bus.publish([batchOf(9, 12, { entries: [] })], [])
        await until('both have come', () => batches.length === 2)
        expect((await bus.heads()).readings.get(0)).toBe(12)
        expect(await bus.window('readings', 0, 12, under.epoch)).toEqual({ complete: true, batches: [] })
      })

      it('keeps the entries of a record together', async () => {
        const entries = [0, 1, 2].map((index) => ({ ...entryOf(0, 5), index }))
        await bus.publish([batchOf(-1, 4)], [])
        await bus.publish([batchOf(4, 5, { entries })], [])
        const { batches } = await bus.window('readings', 0, 4, under.epoch)
        expect(batches.flatMap((batch) => batch.entries)).toEqual(entries)
      })

      it('keeps kinds and partitions apart', async () => {
        await bus.publish([batchOf(-1, 4), batchOf(-1, 1, { partition: 1 })], [])
        await bus.publish([batchOf(-1, 2, { kind: 'status' }), batchOf(-1, 3, { kind: 'alerts' })], [])
        const heads = await bus.heads()
        expect([...heads.readings].sort()).toEqual([
          [0, 4],
          [1, 1],
        ])
        expect([...heads.status]).toEqual([[0, 2]])
        expect([...heads.alerts]).toEqual([[0, 3]])
        for (const [kind, last] of [
          ['readings', 4],
          ['status', 2],
          ['alerts', 3],
        ] as const) {
          expect(await bus.window(kind, 0, -1, under.epoch)).toEqual({
            complete: true,
            batches: [batchOf(-1, last, { kind })],
          })
        }
      })

      it('hands on alerts as they are, keyed by a device, a site or the system', async () => {
        const { batches } = await listen()
        const entries = ['d', 'site:Kho lạnh', 'system'].map((deviceId, offset) => ({
          offset,
          deviceId,
          json: `{"alertId":"a${offset}","message":"≥ 30 °C"}`,
        }))
        const alerts = batchOf(-1, 2, { kind: 'alerts', entries })
        await bus.publish([alerts], [])
        await bus.publish([alerts], [])
        await bus.publish([batchOf(2, 3, { kind: 'alerts' })], [])
        await until('the last has come', () => batches.some(({ last }) => last === 3))
        expect(batches).toEqual([alerts, batchOf(2, 3, { kind: 'alerts' })])
        expect(await under.state.counts()).toEqual({ total: 0, online: 0 })
      })

      it('begins the window anew after a hole, and says so', async () => {
        await bus.publish([batchOf(-1, 4)], [])
        await bus.publish([batchOf(9, 11)], [])
        expect(await bus.window('readings', 0, 4, under.epoch)).toEqual({ complete: false, batches: [] })
        expect(await windowAfter(9)).toEqual([10, 11])
      })
    })

    describe('the window', () => {
      it('answers what came after an offset, also from inside a batch', async () => {
        await bus.publish([batchOf(-1, 3)], [])
        await bus.publish([batchOf(3, 7)], [])
        expect(await bus.window('readings', 0, 5, under.epoch)).toEqual({
          complete: true,
          batches: [batchOf(5, 7)],
        })
        expect(await windowAfter(3)).toEqual([4, 5, 6, 7])
        expect(await windowAfter(-1)).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
        expect(await windowAfter(7)).toEqual([])
      })

      it('is whole and empty where nothing was ever published', async () => {
        expect(await bus.window('status', 2, -1, under.epoch)).toEqual({ complete: true, batches: [] })
      })

      it('is not whole for another log, or for who knows more than was published', async () => {
        await bus.publish([batchOf(-1, 3)], [])
        for (const [after, epoch] of [
          [1, 'another-log'],
          [4, under.epoch],
        ] as const) {
          expect(await bus.window('readings', 0, after, epoch)).toEqual({ complete: false, batches: [] })
        }
      })

      it('is bounded by bytes, and says what was trimmed', async () => {
        await open({ windowBytes: 20_000 })
        const json = JSON.stringify('x'.repeat(1_000))
        for (let offset = 0; offset < 100; offset++) {
          const entries = [{ offset, deviceId: 'd', json }]
          await bus.publish([batchOf(offset - 1, offset, { entries })], [])
        }
        expect(await bus.window('readings', 0, 10, under.epoch)).toEqual({ complete: false, batches: [] })
        expect(await windowAfter(95)).toEqual([96, 97, 98, 99])
        const floor = (await bus.floors()).readings.get(0)!
        expect(await windowAfter(floor)).toEqual(
          Array.from({ length: 99 - floor }, (_, index) => floor + 1 + index),
        )
        expect((await bus.window('readings', 0, floor - 1, under.epoch)).complete).toBe(false)
        expect((await bus.heads()).readings.get(0)).toBe(99)
      })

      it('lets the oldest of all kinds go first', async () => {
        await open({ windowBytes: 20_000 })
        const json = JSON.stringify('x'.repeat(1_000))
        for (let offset = 0; offset < 60; offset++) {
          const kind = LIVE_KINDS[offset % LIVE_KINDS.length]!
          const at = Math.floor(offset / LIVE_KINDS.length)
          await bus.publish(
            [batchOf(at - 1, at, { kind, entries: [{ offset: at, deviceId: 'd', json }] })],
            [],
          )
        }
        const floors = await bus.floors()
        const oldest = LIVE_KINDS.map((kind) => floors[kind].get(0)!)
        expect(Math.min(...oldest)).toBeGreaterThan(5)
        expect(Math.max(...oldest) - Math.min(...oldest)).toBeLessThanOrEqual(1)
        for (const kind of LIVE_KINDS) {
          const { complete, batches } = await bus.window(kind, 0, floors[kind].get(0)!, under.epoch)
          expect([complete, batches.at(-1)?.last]).toEqual([true, 19])
        }
      })

      it('is bounded by time, and says what was trimmed', async () => {
        await open({ windowMs: 100 })
        await bus.publish([batchOf(-1, 3)], [])
        await until('it is too old', async () => {
          const slice = await bus.window('readings', 0, -1, under.epoch)
          return !slice.complete && slice.batches.length === 0
        })
        expect(await windowAfter(3)).toEqual([])
        expect((await bus.heads()).readings.get(0)).toBe(3)
      })

      it('says how far back it reaches, also where nothing or nothing more is in it', async () => {
        expect([...(await bus.floors()).readings]).toEqual([])
        await bus.publish([batchOf(-1, 3), batchOf(-1, 4, { partition: 1 })], [])
        await bus.publish([batchOf(7, 9, { partition: 1 })], [])
        await bus.refill([batchOf(5, 5, { kind: 'status' }), batchOf(2, 6, { kind: 'alerts' })])
        const floors = await bus.floors()
        expect([floors.epoch, floors.readings.get(0), floors.readings.get(1)]).toEqual([under.epoch, -1, 7])
        expect([floors.status.get(0), floors.alerts.get(0)]).toEqual([5, 2])
      })

      it('is refilled without telling anybody', async () => {
        const { batches } = await listen()
        await bus.refill([batchOf(6, 8), batchOf(4, 4, { kind: 'status' })])
        await bus.refill([batchOf(8, 9), batchOf(1, 3, { kind: 'alerts' })])
        await bus.publish([batchOf(8, 10), batchOf(2, 4, { kind: 'alerts' })], [])
        await until('the new ones have come', () => batches.length === 2)
        expect(batches).toEqual([batchOf(9, 10), batchOf(3, 4, { kind: 'alerts' })])
        expect(await windowAfter(6)).toEqual([7, 8, 9, 10])
        const heads = await bus.heads()
        expect([heads.readings.get(0), heads.status.get(0)]).toEqual([10, 4])
        expect(await bus.window('readings', 0, 5, under.epoch)).toEqual({ complete: false, batches: [] })
        expect(await bus.window('status', 0, 4, under.epoch)).toEqual({ complete: true, batches: [] })
      })
    })

    describe('the state', () => {
      const at = (second: number) => `2026-01-01T00:00:${String(second).padStart(2, '0')}.000Z`
      const reading = (sensorType: string, value: number, second: number) =>
        ({ deviceId: 'b', sensorType, value, timestamp: at(second), status: 'normal' }) as const

      it('merges what changes into what is known', async () => {
        await publishChanges({
          deviceId: 'b',
          status: 'online',
          statusAt: at(1),
          readings: [reading('t', 1, 1)],
        })
        await publishChanges({
          deviceId: 'b',
          lastSeen: at(3),
          location: 'Line 1',
          readings: [reading('h', 2, 2)],
        })
        await publishChanges({ deviceId: 'b', readings: [reading('t', 5, 4)] })
        const [state] = await under.state.get(['b'])
        expect({ ...state, readings: byType(state!.readings) }).toEqual({
          deviceId: 'b',
          status: 'online',
          statusAt: at(1),
          lastSeen: at(3),
          location: 'Line 1',
          readings: [reading('h', 2, 2), reading('t', 5, 4)],
        })
      })

      it('never moves a sensor’s reading back in device time', async () => {
        await publishChanges({ deviceId: 'b', lastSeen: at(9), readings: [reading('t', 9, 9)] })
        await publishChanges({ deviceId: 'b', lastSeen: at(8), readings: [reading('t', 8, 8)] })
        const [state] = await under.state.get(['b'])
        expect([state!.lastSeen, state!.readings]).toEqual([at(9), [reading('t', 9, 9)]])
      })

      it('answers devices in the order asked for, leaves out the unknown, and lists in order of id', async () => {
        await publishChanges({ deviceId: 'c' }, { deviceId: 'a', status: 'offline' }, { deviceId: 'b' })
        const ids = (states: readonly { deviceId: string }[]) => states.map(({ deviceId }) => deviceId)
        expect(ids(await under.state.get(['c', 'nobody', 'a']))).toEqual(['c', 'a'])
        expect(ids(await under.state.list({ limit: 2 }))).toEqual(['a', 'b'])
        expect(ids(await under.state.list({ after: 'b', limit: 2 }))).toEqual(['c'])
        expect((await under.state.get(['c']))[0]).toEqual({ deviceId: 'c', status: 'unknown', readings: [] })
      })

      it('counts devices and those online', async () => {
        await publishChanges({ deviceId: 'a', status: 'online' }, { deviceId: 'b', status: 'online' })
        await publishChanges({ deviceId: 'b', status: 'offline' }, { deviceId: 'c' })
        expect(await under.state.counts()).toEqual({ total: 3, online: 1 })
      })

      it('forgets a device that was removed, and knows what it says from then on', async () => {
        const known = {
          deviceId: 'b',
          status: 'online',
          location: 'Hall',
          readings: [reading('t', 9, 9)],
        } as const
        await publishChanges(known, { ...known, deviceId: 'c' })
        await publishChanges({ deviceId: 'b', removed: true }, { deviceId: 'never known', removed: true })
        expect(await under.state.get(['b', 'never known'])).toEqual([])
        expect((await under.state.list({ limit: 9 })).map(({ deviceId }) => deviceId)).toEqual(['c'])
        expect(await under.state.counts()).toEqual({ total: 1, online: 1 })

        await publishChanges({ deviceId: 'c', removed: true, readings: [reading('h', 1, 1)] })
        await publishChanges({ deviceId: 'b', readings: [reading('t', 1, 1)] })
        expect(await under.state.get(['b', 'c'])).toEqual([
          { deviceId: 'b', status: 'unknown', readings: [reading('t', 1, 1)] },
          { deviceId: 'c', status: 'unknown', readings: [reading('h', 1, 1)] },
        ])
        expect(await under.state.counts()).toEqual({ total: 2, online: 0 })
      })

      it('takes changes of one call in their order, with any text in names and places', async () => {
        const odd = { ...reading('a "b"|\n= °', 1, 1), location: 'Kho|lạnh\n=1 ❄' }
        await publishChanges(
          { deviceId: 'b', status: 'online', location: 'before', readings: [reading('t', 9, 9)] },
          { deviceId: 'b', removed: true },
          { deviceId: 'b', location: odd.location, readings: [odd] },
          { deviceId: 'b', lastSeen: at(2), readings: [reading('t', 2, 2)] },
          { deviceId: 'b', lastSeen: at(1), readings: [reading('t', 1, 1)] },
        )
        const [state] = await under.state.get(['b'])
        expect({ ...state, readings: byType(state!.readings) }).toEqual({
          deviceId: 'b',
          status: 'unknown',
          lastSeen: at(2),
          location: odd.location,
          readings: byType([odd, reading('t', 2, 2)]),
        })
        expect(await under.state.counts()).toEqual({ total: 1, online: 0 })
      })

      it('knows how many readings were published in the last minute', async () => {
        expect(await under.state.rate()).toEqual({ readingsPerMinute: 0 })
        const others = [batchOf(-1, 1, { kind: 'status' }), batchOf(-1, 2, { kind: 'alerts' })]
        await bus.publish([batchOf(-1, 4), ...others], [])
        await bus.publish([batchOf(-1, 4)], [])
        await until('the second they came in has ended', async () => {
          return (await under.state.rate()).readingsPerMinute === 5
        })
      })
    })

    async function windowAfter(after: number): Promise<number[]> {
      const slice = await bus.window('readings', 0, after, under.epoch)
      expect(slice.complete).toBe(true)
      return slice.batches.flatMap((batch) => batch.entries.map(({ offset }) => offset))
    }

    async function publishChanges(...changes: DeviceStateChange[]): Promise<void> {
      await bus.publish([], changes)
    }
  })
}

function entryOf(partition: number, offset: number): LiveEntry {
  const json = `{"deviceId":"d","position":{"partition":${partition},"offset":${offset}}}`
  return { offset, deviceId: 'd', sensorType: 'temperature', json }
}

function byType<Item extends { readonly sensorType: string }>(readings: readonly Item[]): Item[] {
  return [...readings].sort((one, other) => (one.sensorType < other.sensorType ? -1 : 1))
}
