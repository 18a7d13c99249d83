import { TOPICS } from '@iot/contracts'
import { describe, expect, it } from '@jest/globals'
import { createRecordEncoder, createValueEncoder } from './value-encoder.js'

const record = { deviceId: 'd', receivedAt: '2026-01-01T00:00:00.000Z', readings: [] }

describe('the encoder of records', () => {
  it('writes what fits as JSON on one line', () => {
    const encode = createValueEncoder()
    const text = encode(TOPICS.sensorsData, { ...record, location: 'a\nb\tc' })
    expect(JSON.parse(text)).toEqual({ ...record, location: 'a\nb\tc' })
    expect(text).not.toMatch(/[\n\t]/)
  })

  it('says which field does not fit', () => {
    const encode = createValueEncoder()
    expect(() => encode(TOPICS.sensorsData, { ...record, receivedAt: 'today' })).toThrow(
      expect.objectContaining({ code: 'LOG_SCHEMA', message: expect.stringContaining('/receivedAt') }),
    )
  })

  it('refuses a record that is too large for one', () => {
    const encode = createValueEncoder()
    const letter = {
      reason: 'not-json',
      detail: '',
      topic: 't',
      receivedAt: record.receivedAt,
      payload: 'x'.repeat(9_000_000),
    }
    expect(() => encode(TOPICS.deadLetters, letter)).toThrow(expect.objectContaining({ code: 'LOG_SCHEMA' }))
  })

  it('refuses what JSON has no form for', () => {
    const encode = createValueEncoder()
    const circular: Record<string, unknown> = {
      deviceId: 'd',
      status: 'online',
      timestamp: record.receivedAt,
      cause: 'reported',
    }
    circular.self = circular
    expect(() => encode(TOPICS.deviceStatus, circular)).toThrow(
      expect.objectContaining({ code: 'LOG_SCHEMA' }),
    )
  })
})

describe('the encoder of records that are kept as bytes', () => {
  const reading = { sensorType: 't', value: 1.5, timestamp: record.receivedAt }
  const status = { deviceId: 'd', status: 'online', timestamp: record.receivedAt, cause: 'reported' }

  it.each([
    ['an ordinary one', TOPICS.sensorsData, { ...record, readings: [reading], location: 'Kho lạnh 1' }],
    ['a record with a text that is escaped', TOPICS.sensorsData, { ...record, location: 'a\nb\t"c"' }],
    ['a record with attributes', TOPICS.sensorsData, { ...record, attributes: { firmware: '1.0' } }],
    ['a long record', TOPICS.sensorsData, { ...record, readings: Array(1_000).fill(reading) }],
    ['a record of another topic', TOPICS.deviceStatus, status],
  ])('writes what the other writes, and copies it: %s', (_, topic, value) => {
    const encoded = createRecordEncoder()(topic, value)
    const text = encoded.bytes.toString('utf8', 0, encoded.length)
    expect(text).toBe(createValueEncoder()(topic, value))
    expect(encoded.value).toEqual(JSON.parse(text))
    expect(encoded.value).not.toBe(value)
  })

  it('says which field does not fit', () => {
    expect(() => createRecordEncoder()(TOPICS.sensorsData, { ...record, receivedAt: 'today' })).toThrow(
      expect.objectContaining({ code: 'LOG_SCHEMA', message: expect.stringContaining('/receivedAt') }),
    )
  })
})
