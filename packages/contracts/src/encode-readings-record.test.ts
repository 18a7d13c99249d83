import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { Compile } from 'typebox/compile'
import { copyReadingsRecord, encodeReadingsRecord } from './encode-readings-record.js'
import { ReadingsRecord } from './telemetry.js'
import { writeReadingsRecord } from './write-readings-record.js'

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

describe('writeReadingsRecord', () => {
  const written = (record: unknown, room: number) => {
    const bytes = new Uint8Array(room + 3).fill(0xff)
    const end = writeReadingsRecord(record as ReadingsRecord, bytes.subarray(0, room), 3)
    return end < 0 ? undefined : Buffer.from(bytes.subarray(3, end)).toString()
  }

  it('writes what encodeReadingsRecord answers, or says that it does not', () => {
    fc.assert(
      fc.property(anyRecord, fc.nat(1_200), (record, room) => {
        const text = encodeReadingsRecord(record as ReadingsRecord)
        const bytes = written(record, room)
        if (bytes !== undefined) expect(bytes).toBe(text)
        if (Buffer.byteLength(text) > room - 3) expect(bytes).toBeUndefined()
      }),
      { numRuns: 500 },
    )
  })

  it('writes every record whose names are ordinary', () => {
    const letter = fc.constantFrom(...'aZ09 _.:/%+-\u007f\u0080°éß\u07ffđộ温\ue000\uffff')
    const name = fc.string({ unit: letter, minLength: 1, maxLength: 12 })
    const usual = fc.record({
      deviceId: fc.stringMatching(/^[A-Za-z0-9_.:-]{1,64}$/),
      receivedAt: time,
      readings: fc.array(
        fc.record(
          { sensorType: name, value, unit: name, timestamp: time, adjusted: fc.constant(true as const) },
          { requiredKeys: ['sensorType', 'value', 'timestamp'] },
        ),
        { maxLength: 4 },
      ),
      location: maybe(name),
    })
    fc.assert(
      fc.property(usual, (record) => {
        const text = encodeReadingsRecord(record as ReadingsRecord)
        expect(written(record, 3 + Buffer.byteLength(text))).toBe(text)
      }),
      { numRuns: 500 },
    )
  })

  it('writes what devices send, to the last byte of the room', () => {
    const timestamp = '2026-01-01T00:00:00.000Z'
    const reading = { sensorType: 'nhiệt độ', value: -0.5e-9, unit: '°C', timestamp }
    const record = {
      deviceId: 'd-1',
      receivedAt: timestamp,
      readings: [reading, { ...reading, adjusted: true }, { sensorType: 'a', value: 1, timestamp }],
      location: 'Phòng 1',
    } as ReadingsRecord
    const text = encodeReadingsRecord(record)
    const room = 3 + Buffer.byteLength(text)
    expect(written(record, room)).toBe(text)
    expect(written(record, room - 1)).toBeUndefined()
    const { location: _, ...nowhere } = record
    expect(written(nowhere, room)).toBe(encodeReadingsRecord(nowhere))
  })

  it.each(['"', '\\', '\n', '\ud800', '😀'])('leaves %j to encodeReadingsRecord', (unit) => {
    const timestamp = '2026-01-01T00:00:00.000Z'
    const record = {
      deviceId: 'd',
      receivedAt: timestamp,
      readings: [{ sensorType: 't', value: 1, unit, timestamp }],
    }
    expect(written(record, 1_000)).toBeUndefined()
    expect(written({ ...record, readings: [], location: unit }, 1_000)).toBeUndefined()
    expect(written({ ...record, readings: [], attributes: { a: 'b' } }, 1_000)).toBeUndefined()
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
