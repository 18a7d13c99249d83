import { describe, expect, it } from '@jest/globals'
import { parseDeviceTopic } from './device-topics.js'

describe('parseDeviceTopic', () => {
  it.each([
    ['sensor/data', { kind: 'any-telemetry' }],
    ['devices/a.B-1:2_3/telemetry', { kind: 'telemetry', deviceId: 'a.B-1:2_3' }],
    ['devices/a/status', { kind: 'status', deviceId: 'a' }],
    ['devices/a b/telemetry', { kind: 'bad-device-id' }],
    ['devices/__proto__/status', { kind: 'bad-device-id' }],
    ['devices//telemetry', { kind: 'bad-device-id' }],
    [`devices/${'x'.repeat(65)}/telemetry`, { kind: 'bad-device-id' }],
    ['devices/a', { kind: 'unknown' }],
    ['devices/a/telemetry/x', { kind: 'unknown' }],
    ['devices/a/commands', { kind: 'unknown' }],
    ['sensor/data/x', { kind: 'unknown' }],
    ['', { kind: 'unknown' }],
  ])('reads %j', (topic, expected) => {
    expect(parseDeviceTopic(topic, 'sensor/data')).toEqual(expected)
  })
})
