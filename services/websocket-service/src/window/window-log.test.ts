import type { LiveEntry } from '@iot/ports'
import { describe, expect, it, jest } from '@jest/globals'
import fc from 'fast-check'
import { timestampOf } from './body-timestamp.js'
import { placeOf, reaches, WHOLE } from './place.js'
import { type WindowItem, WindowLog } from './window-log.js'

function entry(deviceId: string, offset = 0) {
  return { deviceId, offset, sensorType: 't', json: JSON.stringify({ deviceId, offset }) }
}

describe('the window of the recent past', () => {
  it('answers like a plain list, however it is trimmed', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ device: fc.nat(3), afterMs: fc.nat(40), look: fc.nat(60) }), { maxLength: 200 }),
        (steps) => {
          const log = new WindowLog({ maxBytes: 6_000, maxMs: 200 })
          const all: { seq: number; deviceId: string }[] = []
          let nowMs = 0
          for (const { device, afterMs, look } of steps) {
            nowMs += afterMs
            const deviceId = `d${device}`
            all.push({ seq: log.append(entry(deviceId), 0, nowMs).seq, deviceId })
            log.trim(nowMs)
            expect(log.bytes).toBeLessThanOrEqual(6_000)
            const from = Math.max(0, log.end - look)
            const kept = all.slice(log.start).filter(({ seq }) => seq >= from)
            expect(log.since(from).map(({ seq }) => seq)).toEqual(kept.map(({ seq }) => seq))
            expect(log.sinceOf('d1', from).map(({ seq }) => seq)).toEqual(
              kept.filter((one) => one.deviceId === 'd1').map(({ seq }) => seq),
            )
          }
        },
      ),
    )
  })

  it('lets go of everything that is old', () => {
    const log = new WindowLog({ maxBytes: 1_000_000, maxMs: 1_000 })
    for (let index = 0; index < 10_000; index++) log.append(entry(`d${index % 100}`), 0, index)
    log.trim(20_000)
    expect([log.start, log.end, log.bytes]).toEqual([10_000, 10_000, 0])
    expect(log.since(0)).toEqual([])
    expect(log.append(entry('d1'), 0, 20_000).seq).toBe(10_000)
  })
})

describe('a window that is full', () => {
  it('goes on with the memory that it has, whatever the size of what comes', () => {
    const log = new WindowLog({ maxBytes: 200_000, maxMs: 1_000_000 })
    const jsons: string[] = []
    for (let offset = 0; offset < 8_000; offset++) {
      const json = JSON.stringify('é'.repeat((offset >> 10) % 2 === 0 ? 10 : 300) + offset)
      jsons.push(json)
      log.add({ deviceId: `d${offset % 7}`, sensorType: 't', offset, json }, offset % 3, offset)
      if (offset % 500 !== 499) continue
      const kept = log.since(0)
      expect(kept.map(({ entry }) => entry.json)).toEqual(jsons.slice(log.start))
      expect(kept.map(({ partition, entry }) => [partition, entry.deviceId])).toEqual(
        kept.map(({ seq }) => [seq % 3, `d${seq % 7}`]),
      )
      const bodies = Buffer.concat(log.bodiesOf(log.seqsSince(0))).toString()
      expect(bodies).toBe(jsons.slice(log.start).join(','))
    }
    expect(log.start).toBeGreaterThan(7_000)
  })

  it('takes hardly any memory more where time ends it, of several chunks at once', () => {
    const log = new WindowLog({ maxBytes: 100_000_000, maxMs: 5_000 })
    let offset = 0
    function passSeconds(seconds: number): void {
      for (const end = offset + seconds * 3_000; offset < end; offset++) {
        const nowMs = Math.floor(offset / 3)
        log.add({ deviceId: 'd', sensorType: 't', offset, json: '{"value":1}' }, 0, nowMs)
        if (offset % 3_000 === 2_999) log.trim(nowMs)
      }
    }
    passSeconds(10)
    const taken = jest.spyOn(Buffer, 'allocUnsafeSlow')
    passSeconds(10)
    // Of 58 chunks that were filled; without a trim before each it is 49.
    expect(taken.mock.calls.length).toBeLessThan(6)
    taken.mockRestore()
    expect(log.end - log.start).toBe(15_003)
  })
})

describe('what came after places in the log', () => {
  /** Three partitions; a record has one to three readings; sometimes events are lost, or the log is another. */
  const step = fc.record({
    partition: fc.nat(2),
    readings: fc.integer({ min: 0, max: 3 }),
    skipped: fc.integer({ min: -20, max: 2 }).map((offsets) => Math.max(0, offsets)),
    isRestart: fc.integer({ min: 0, max: 60 }).map((dice) => dice === 0),
  })
  const place = fc.tuple(fc.integer({ min: -1, max: 40 }), fc.constantFrom(0, 1, 2, WHOLE))

  it('is answered whole where it says that it reaches back, as by a list that forgets nothing', () => {
    fc.assert(
      fc.property(
        fc.array(step, { minLength: 40, maxLength: 120 }),
        fc.tuple(place, place, place),
        fc.constantFrom<string[] | undefined>(undefined, ['d0'], ['d1'], ['d2', 'd0'], []),
        (steps, places, deviceIds) => {
          const log = new WindowLog({ maxBytes: 4_000, maxMs: 60 })
          let all: { partition: number; offset: number; index: number; deviceId: string }[] = []
          const heads = new Map<number, number>()
          for (const [nowMs, { partition, readings, skipped, isRestart }] of steps.entries()) {
            if (isRestart) {
              log.restart()
              heads.clear()
              all = []
            }
            const before = heads.get(partition) ?? -1
            if (skipped > 0 || !heads.has(partition)) log.beginAt(partition, before + skipped)
            const offset = before + skipped + 1
            heads.set(partition, offset)
            for (let index = 0; index < readings; index++) {
              const one = { offset, index, deviceId: `d${partition}` }
              log.append({ ...one, json: 'x'.repeat(100) }, partition, nowMs)
              all.push({ ...one, partition })
            }
            log.trim(nowMs)
          }
          const asked = new Map(places.map(([offset, index], partition) => [partition, { offset, index }]))
          const covered = new Map([...asked].filter(([partition, from]) => log.reachesBack(partition, from)))
          const wanted = all.filter(({ partition, offset, index, deviceId: id }) => {
            const from = covered.get(partition)
            return from && !reaches(from, { offset, index }) && (deviceIds ?? [id]).includes(id)
          })
          const found = log.after(covered, 1_000, deviceIds)
          expect(found.map(({ partition, entry }) => [partition, entry.offset, entry.index])).toEqual(
            wanted.map(({ partition, offset, index }) => [partition, offset, index]),
          )
          const some = log.after(covered, 3, deviceIds)
          expect(some).toHaveLength(Math.min(3, found.length))
          if (!deviceIds || deviceIds.length < 2) expect(some).toEqual(found.slice(-3))
        },
      ),
      { numRuns: 300 },
    )
  })

  it('reaches back to the beginning, and not beyond what was lost or trimmed', () => {
    const log = new WindowLog({ maxBytes: 1_000_000, maxMs: 1_000 })
    expect(log.reachesBack(0, placeOf(-1))).toBe(false)
    log.beginAt(0, -1)
    log.append({ ...entry('d', 0), index: 0 }, 0, 0)
    log.append({ ...entry('d', 0), index: 1 }, 0, 500)
    expect(log.reachesBack(0, placeOf(undefined))).toBe(true)
    log.trim(1_200)
    expect(log.reachesBack(0, placeOf(-1))).toBe(false)
    expect(log.reachesBack(0, placeOf([0, 0]))).toBe(true)
    log.beginAt(0, 9)
    expect([log.reachesBack(0, placeOf(0)), log.reachesBack(0, placeOf(9))]).toEqual([false, true])
    expect(log.reachesBack(1, placeOf(9))).toBe(false)
    log.restart()
    expect(log.reachesBack(0, placeOf(9))).toBe(false)
  })
})

/** The same by their texts: of each sensor, what no later timestamp replaces, nor the same one after it. */
function newestByText(items: readonly WindowItem[]): WindowItem[] {
  const sensorOf = ({ entry }: WindowItem) => `${entry.deviceId} ${entry.sensorType}`
  const rankOf = ({ seq, entry }: WindowItem) => `${timestampOf(entry.json)} ${String(seq).padStart(9, '0')}`
  return items.filter(
    (item) => !items.some((other) => sensorOf(other) === sensorOf(item) && rankOf(other) > rankOf(item)),
  )
}

/** As it comes from Redis: among others, and its text is not to be read. */
function encoded(json: string): Pick<LiveEntry, 'json' | 'encoded'> {
  const bytes = Buffer.from(`before ${json} behind`)
  return { json: 'is not read', encoded: { bytes, start: 7, end: bytes.length - 7 } }
}

describe('bodies that come as bytes', () => {
  it('are kept as they are, beside others and where there is not room for them yet', () => {
    const log = new WindowLog({ maxBytes: 1_000_000, maxMs: 1_000 })
    const bodies = ['{"at":"Kho lạnh ❄"}', JSON.stringify('°'.repeat(100_000)), '{}']
    for (const json of bodies) {
      log.add({ deviceId: 'd', offset: 0, ...encoded(json) }, 0, 0)
      log.add({ deviceId: 'd', offset: 0, json }, 0, 0)
    }
    expect(log.since(0).map(({ entry }) => entry.json)).toEqual(bodies.flatMap((json) => [json, json]))
  })
})

describe('conflating', () => {
  it('keeps the newest of each sensor by device time, in order', () => {
    const log = new WindowLog({ maxBytes: 1_000_000, maxMs: 1_000 })
    const at = (second: number, deviceId: string) => ({
      deviceId,
      offset: 0,
      sensorType: 't',
      json: JSON.stringify({
        deviceId,
        note: '"timestamp":"9',
        timestamp: `2026-01-01T00:00:0${second}.000Z`,
      }),
    })
    for (const [second, id] of [
      [2, 'a'],
      [1, 'b'],
      [1, 'a'],
      [3, 'b'],
      [2, 'a'],
    ] as const) {
      log.append(at(second, id), 0, 0)
    }
    expect(log.newestItemsOf(log.since(0)).map(({ seq }) => seq)).toEqual([3, 4])
  })

  it('is the same by places, and bodies come as they are, also from several chunks', () => {
    const body = fc.record(
      { note: fc.string({ unit: 'binary' }), timestamp: fc.constantFrom('2026-01-01', '2026-01-02', '') },
      { requiredKeys: ['note'] },
    )
    const one = fc.record({
      device: fc.nat(2),
      sensorType: fc.constantFrom('t', 'h', undefined),
      body,
      isEncoded: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 520 }), fc.array(one, { maxLength: 20 }), (before, ones) => {
        const log = new WindowLog({ maxBytes: 1_000_000, maxMs: 1_000 })
        for (let offset = 0; offset < before; offset++) log.add(entry('before', offset), 0, 0)
        for (const { device, sensorType, body, isEncoded } of ones) {
          const json = JSON.stringify(body)
          const more = isEncoded ? encoded(json) : { json }
          log.add({ deviceId: `d${device}`, offset: 0, ...(sensorType && { sensorType }), ...more }, 0, 0)
        }
        const newest = log.newestOf(log.seqsSince(before))
        const wanted = newestByText(log.since(before))
        expect(newest).toEqual(wanted.map(({ seq }) => seq))
        expect(newest.map((seq) => log.deviceIdAt(seq))).toEqual(wanted.map((item) => item.entry.deviceId))
        for (const seqs of [newest, log.seqsSince(0), log.seqsSinceOf('d1', 0)]) {
          const items = log.since(0).filter(({ seq }) => seqs.includes(seq))
          expect(Buffer.concat(log.bodiesOf(seqs)).toString()).toBe(
            items.map((item) => item.entry.json).join(','),
          )
        }
      }),
      { numRuns: 50 },
    )
  })

  it('finds the timestamp whatever other fields say', () => {
    const timestamp = '2026-01-01T00:00:00.000Z'
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(timestampOf(JSON.stringify({ text, nested: `"timestamp":"${text}`, timestamp }))).toBe(
          timestamp,
        )
      }),
    )
    expect(timestampOf('{}')).toBe('')
  })
})
