import { describe, expect, it } from '@jest/globals'
import { presentReading } from './present-reading.js'

const stored = {
  deviceId: 'd1',
  sensorType: 'temperature',
  value: 21.5,
  timestampMs: Date.parse('2026-03-01T12:00:00.250Z'),
  receivedAtMs: Date.parse('2026-03-01T12:00:01.000Z'),
  adjusted: false,
}

describe('a stored reading', () => {
  it('is shown with its times in ISO 8601, and without what it does not have', () => {
    expect(presentReading(stored)).toStrictEqual({
      deviceId: 'd1',
      sensorType: 'temperature',
      value: 21.5,
      timestamp: '2026-03-01T12:00:00.250Z',
      status: 'normal',
      receivedAt: '2026-03-01T12:00:01.000Z',
    })
  })

  it('is shown with its unit, and says when its time was adjusted', () => {
    expect(presentReading({ ...stored, unit: '°C', adjusted: true })).toMatchObject({
      unit: '°C',
      adjusted: true,
    })
  })
})
