import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { Compile } from 'typebox/compile'
import { copyReadingsRecord, encodeReadingsRecord } from './encode-readings-record.js'
import { ReadingsRecord } from './telemetry.js'

const maybe = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined })
const text = (maxLength: number) =>
  fc.oneof(fc.string({ unit: 'binary', maxLength }), fc.constantFrom('°C', '"\\'))
const time = fc
  .date({ min: new Date(0), max: new Date('9999-12-31T23:59:59.999Z'), noInvalidDate: true })
  .map((date) => date.toISOString())
const value = fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer(), fc.constant(-0))

const anyRecord = fc.record({
  deviceId: fc.stringMatching(/^[A-Za-z0-9_.:-]{1,64}$/),
  receivedAt: time,
  readings: fc.array(
    fc.record({
      sensorType: text(20).filter((name) => name.length > 0),
      value,
      unit: maybe(text(8)),
      timestamp: time,
      adjusted: maybe(fc.constant(true as const)),
    }),
    { maxLength: 4 },
  ),
  location: maybe(text(20)),
  attributes: maybe(fc.dictionary(text(8), text(8), { maxKeys: 3 })),
})

describe('encodeReadingsRecord', () => {
  it('writes what JSON.stringify writes, whatever the record holds', () => {
    const schema = Compile(ReadingsRecord)
    fc.assert(
      fc.property(anyRecord, (record) => {
        expect(encodeReadingsRecord(record as ReadingsRecord)).toBe(JSON.stringify(record))
        expect(schema.Check(JSON.parse(encodeReadingsRecord(record as ReadingsRecord)))).toBe(true)
      }),
      { numRuns: 1_000 },
    )
  })
})

describe('copyReadingsRecord', () => {
  it('gives what decoding the text gives, and nothing of the original', () => {
    fc.assert(
      fc.property(anyRecord, (record) => {
        const copy = copyReadingsRecord(record as ReadingsRecord)
        const decoded = JSON.parse(encodeReadingsRecord(record as ReadingsRecord))
        expect(copy).toStrictEqual(decoded)
        copy.readings.forEach((reading, at) => {
          expect(Object.is(reading.value, decoded.readings[at].value)).toBe(true)
          expect(reading).not.toBe(record.readings[at])
        })
        if (record.attributes) expect(copy.attributes).not.toBe(record.attributes)
      }),
      { numRuns: 1_000 },
    )
  })
})
