import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { conflate, timestampOf } from './conflate.js'
import { WindowLog } from './window-log.js'

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
    expect(conflate(log.since(0)).map(({ seq }) => seq)).toEqual([3, 4])
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
