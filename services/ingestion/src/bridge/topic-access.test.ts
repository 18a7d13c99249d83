import type { DeviceIdentity } from '@iot/ports'
import { describe, expect, it } from '@jest/globals'
import { mayPublish, maySubscribe } from './topic-access.js'

const anonymous: DeviceIdentity = { kind: 'anonymous' }
const device: DeviceIdentity = { kind: 'device', deviceId: 'a' }
const gateway: DeviceIdentity = { kind: 'gateway', deviceId: 'a' }

describe('topic access', () => {
  it.each<[DeviceIdentity, string, boolean]>([
    [device, 'devices/a/telemetry', true],
    [device, 'devices/a/status', true],
    [device, 'devices/a/commands/ack', true],
    [device, 'devices/a/commands', false],
    [device, 'devices/ab/telemetry', false],
    [device, 'sensor/data', false],
    [device, 'elsewhere', false],
    [gateway, 'sensor/data', true],
    [gateway, 'devices/a/telemetry', true],
    [gateway, 'devices/b/telemetry', false],
    [anonymous, 'sensor/data', true],
    [anonymous, 'elsewhere', true],
  ])('%j publishing on %s: %s', (identity, topic, expected) => {
    expect(mayPublish(identity, topic, 'sensor/data')).toBe(expected)
  })

  it.each<[DeviceIdentity, string, boolean]>([
    [device, 'devices/a/commands', true],
    [device, 'devices/a/#', true],
    [device, 'devices/+/commands', false],
    [device, '#', false],
    [gateway, 'devices/b/commands', false],
    [anonymous, '#', true],
  ])('%j subscribing to %s: %s', (identity, filter, expected) => {
    expect(maySubscribe(identity, filter)).toBe(expected)
  })
})
