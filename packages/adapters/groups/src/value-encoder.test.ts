import { TOPICS } from '@iot/contracts'
import { describe, expect, it } from '@jest/globals'
import { createValueEncoder } from './value-encoder.js'

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
