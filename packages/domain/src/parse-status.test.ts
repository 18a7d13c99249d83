import { describe, expect, it } from '@jest/globals'
import { createArrivalStamps } from './arrival-stamps.js'
import { createClockPolicy } from './clock-policy.js'
import { parseStatus } from './parse-status.js'

const NOW = Date.UTC(2026, 0, 1)
const policy = createClockPolicy({ retentionDays: 400, arrivals: createArrivalStamps({ capacity: 10 }) })

function parse(payload: string | Uint8Array) {
  const bytes = typeof payload === 'string' ? new TextEncoder().encode(payload) : payload
  return parseStatus({ topicDeviceId: 'pump-1', payload: bytes, receivedAtMs: NOW, policy })
}

describe('parseStatus', () => {
  it.each([
    'online',
    ' Offline\n',
    '"maintenance"',
    '{"status":"online"}',
    '{"status":"ONLINE","deviceId":"pump-1"}',
  ])('reads %j', (payload) => {
    expect(parse(payload)).toMatchObject({
      ok: true,
      record: { deviceId: 'pump-1', cause: 'reported', timestamp: '2026-01-01T00:00:00.000Z' },
    })
  })

  it('takes the time that the device names, where its clock is believed', () => {
    const timestampOf = (payload: string) => {
      const parsed = parse(payload)
      return parsed.ok && parsed.record.timestamp
    }
    expect(timestampOf('{"status":"online","timestamp":"2025-12-31T23:00:00Z"}')).toBe(
      '2025-12-31T23:00:00.000Z',
    )
    expect(timestampOf('{"status":"online","timestamp":0}')).toBe('2026-01-01T00:00:00.000Z')
  })

  it.each([
    ['', 'empty'],
    [' \n', 'empty'],
    ['on', 'bad-status'],
    ['null', 'bad-status'],
    ['["online"]', 'bad-status'],
    ['{"status":1}', 'bad-status'],
    ['{}', 'bad-status'],
    ['{"status":"online","deviceId":"pump-2"}', 'device-mismatch'],
    ['{"status":"online","timestamp":"soon"}', 'bad-timestamp'],
    [new Uint8Array([0xff, 0xfe]), 'bad-status'],
    [new Uint8Array(5_000), 'bad-status'],
  ])('refuses %j as %s', (payload, reason) => {
    expect(parse(payload)).toMatchObject({ ok: false, refusal: { reason } })
  })
})
