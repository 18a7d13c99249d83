import type { Reading } from '@iot/contracts'
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { encodeFramed, encodeReading, frameOf } from './encode-reading.js'

const maybe = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined })
const time = fc
  .date({ min: new Date(0), max: new Date('9999-12-31T23:59:59.999Z'), noInvalidDate: true })
  .map((date) => date.toISOString())

const anyReading: fc.Arbitrary<Reading> = fc
  .record({
    deviceId: fc.stringMatching(/^[A-Za-z0-9_.:-]{1,64}$/),
    sensorType: fc.string({ minLength: 1, unit: 'binary' }),
    value: fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer(), fc.constant(-0)),
    unit: maybe(fc.oneof(fc.constantFrom('°C', '%', 'm³/h', '"\\'), fc.string({ unit: 'binary' }))),
    timestamp: time,
    status: fc.constantFrom('normal', 'warning', 'critical'),
    location: maybe(fc.oneof(fc.constantFrom('Kho lạnh 1', 'Line "A"\n'), fc.string({ unit: 'binary' }))),
    receivedAt: maybe(time),
    adjusted: maybe(fc.constant(true as const)),
    position: maybe(
      fc.record(
        { partition: fc.nat(), offset: fc.nat(), index: fc.nat(1_000) },
        { requiredKeys: ['partition', 'offset'] },
      ),
    ),
  })
  .map(
    (reading) =>
      Object.fromEntries(Object.entries(reading).filter(([, value]) => value !== undefined)) as Reading,
  )

describe('encodeReading', () => {
  it('writes what JSON.stringify writes, whatever the reading holds', () => {
    fc.assert(
      fc.property(anyReading, (reading) => {
        expect(encodeReading(reading)).toBe(JSON.stringify(ordered(reading)))
      }),
      { numRuns: 2_000 },
    )
  })
})

describe('encodeFramed', () => {
  it('writes the same, also with the frame of a reading before', () => {
    fc.assert(
      fc.property(anyReading, anyReading, maybe(anyReading), (reading, before, fields) => {
        for (const known of [undefined, frameOf(before, undefined), frameOf(reading, undefined)]) {
          expect(encodeFramed(reading, frameOf(reading, known))).toBe(encodeReading(reading))
        }
        // Like the one before but for its moment: the frame is kept.
        const { timestamp, value } = fields ?? reading
        const next = { ...before, timestamp, value }
        const frame = frameOf(before, undefined)
        expect(frameOf(next, frame)).toBe(frame)
        expect(encodeFramed(next, frame)).toBe(encodeReading(next))
      }),
      { numRuns: 1_000 },
    )
  })
})

/** The fields of a position in the order of the schema, wherever the generator put them. */
function ordered(reading: Reading): Reading {
  if (!reading.position) return reading
  const { partition, offset, index } = reading.position
  return { ...reading, position: { partition, offset, ...(index !== undefined && { index }) } }
}
