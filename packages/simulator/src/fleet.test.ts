import { createMqttListener } from '@iot/adapter-mqtt'
import type { ReadingsRecord } from '@iot/contracts'
import { parseTelemetry } from '@iot/domain'
import { type DeviceDoor, type DeviceMessage, systemClock } from '@iot/ports'
import { silentLogger } from '@iot/runtime'
import { FakeClock, until } from '@iot/testkit'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { createDevices } from './create-devices.js'
import { createDemo } from './demo.js'
import type { DeviceModel } from './device-model.js'
import { createFleet, type Fleet, type FleetOptions } from './fleet.js'
import { fillPast, type PastOptions } from './past.js'
import { valueAt } from './value-at.js'

const NOW_MS = Date.parse('2026-01-05T12:02:00.000Z')

describe('a fleet over MQTT', () => {
  let door: DeviceDoor
  let messages: DeviceMessage[]
  let url: string
  let fleet: Fleet | undefined

  beforeEach(async () => {
    messages = []
    door = createMqttListener({
      ...{ host: '127.0.0.1', port: 0, maxPacketBytes: 524_288, maxConnections: 100, maxInFlight: 64 },
      ...{ maxInFlightBytes: 16_777_216, messagesPerSecond: 5_000, connectTimeoutMs: 10_000 },
      log: silentLogger(),
    })
    await door.open({
      authenticate: async ({ username }) =>
        username === 'gate' ? { kind: 'gateway', deviceId: 'gate' } : { kind: 'anonymous' },
      mayPublish: ({ kind }, topic) => kind === 'anonymous' || topic === 'sensor/data',
      maySubscribe: () => false,
      accept: async (message) => {
        messages.push(message)
      },
    })
    url = `mqtt://127.0.0.1:${door.port}`
  })
  afterEach(async () => {
    await fleet?.stop()
    fleet = undefined
    await door.close(100)
  })

  function startFleet(more: Partial<FleetOptions> = {}): Fleet {
    fleet = createFleet({ url, devices: 5, rate: 20, seed: 1, clock: systemClock, ...more })
    fleet.start()
    return fleet
  }

  it('sends what ingestion understands, from every device, and is answered', async () => {
    // By the machine's clock a flaky one might be away just now.
    const devices = createDevices({ count: 12, seed: 1 }).map((one) => ({ ...one, isFlaky: false }))
    const running = startFleet({ devices })
    await until('every device was heard', () => new Set(messages.map(namedDevice)).size === 12)
    await until('it was answered', () => running.figures().acknowledged >= 12)
    expect(recordsOf(messages).every(({ readings }) => readings.length > 0)).toBe(true)
    expect(running.figures()).toMatchObject({ devices: 12, connected: 12 })
  })

  it('measures what the seed and the clock say', async () => {
    startFleet({ devices: 1 })
    const [device] = createDevices({ count: 1, seed: 1 })
    const record = await until('it has measured', () => recordsOf(messages)[0])
    for (const { sensorType, value, timestamp } of record.readings) {
      const sensor = device!.sensors.find((one) => one.sensorType === sensorType)!
      expect(value).toBe(valueAt(1, device!.deviceId, sensor, Date.parse(timestamp)))
    }
  })

  it('says that its devices are online, and offline when it stops', async () => {
    const running = startFleet({ devices: 2 })
    await until('both are online', () => statusesOf(messages, 'online').length === 2)
    await running.stop()
    expect(statusesOf(messages, 'offline').sort()).toEqual(['cold-room-01', 'line-01'])
    // The other end hears of it a moment later.
    await until('everybody has left', () => door.connections() === 0)
  })

  it('loses a flaky device without a word, and has it back', async () => {
    const clock = new FakeClock(NOW_MS)
    startFleet({
      devices: [{ ...createDevices({ count: 1, seed: 1 })[0]!, isFlaky: true }],
      clock,
      rate: 100,
    })
    const turning = setInterval(() => clock.advance(20), 5)
    try {
      await until('it is online', () => statusesOf(messages, 'online').length === 1)
      clock.set(NOW_MS + 140_000)
      await until('its last will was told', () => statusesOf(messages, 'offline').length === 1)
      clock.set(NOW_MS + 190_000)
      await until('it is online again', () => statusesOf(messages, 'online').length === 2)
    } finally {
      clearInterval(turning)
    }
  })

  it('speaks on the shared topic alone with the credential of a gateway', async () => {
    const running = startFleet({ username: 'gate', password: 'secret' })
    await until('it was answered', () => running.figures().acknowledged > 5)
    expect(new Set(messages.map(({ topic }) => topic))).toEqual(new Set(['sensor/data']))
    expect(messages.every(({ identity }) => identity.kind === 'gateway')).toBe(true)
  })

  describe('the past', () => {
    const devices = createDevices({ count: 3, seed: 1 })

    function send(more: Partial<PastOptions> = {}) {
      return fillPast({
        ...{ url, devices, days: 1, stepMinutes: 5, seed: 1, nowMs: NOW_MS, readingsPerSecond: 1e9 },
        signal: new AbortController().signal,
        ...more,
      })
    }

    it('holds every step of every sensor once, up to now', async () => {
      const progress: number[] = []
      const { done, total, readingsSent } = await send({ onProgress: (now) => progress.push(now.done) })
      const readings = recordsOf(messages).flatMap(({ deviceId, readings }) =>
        readings.map(({ sensorType, timestamp }) => `${deviceId} ${sensorType} ${timestamp}`),
      )
      const steps = (24 * 60) / 5
      expect(readings).toHaveLength(steps * 9)
      expect(new Set(readings).size).toBe(readings.length)
      expect(readingsSent).toBe(readings.length)
      expect(readings.sort().at(-1)).toContain('2026-01-05T12:00:00.000Z')
      expect(done).toBe(total)
      expect(progress).toEqual(Array.from({ length: total }, (_, at) => at + 1))
    })

    it('begins with the newest', async () => {
      await send()
      const firsts = recordsOf(messages).map(({ readings }) => readings[0]!.timestamp)
      expect(firsts).toEqual([...firsts].sort().reverse())
    })

    it('is the same when it is sent again, and need not be sent where it is stored', async () => {
      await send()
      const first = recordsOf(messages).map(({ readings }) => readings)
      messages.length = 0
      await send()
      expect(recordsOf(messages).map(({ readings }) => readings)).toEqual(first)
      messages.length = 0
      const asked: string[] = []
      const { readingsSent } = await send({
        isStored: async (device: DeviceModel, sensorType, ms) => {
          asked.push(`${device.deviceId} ${sensorType} ${new Date(ms).toISOString()}`)
          return device.deviceId !== 'pump-01'
        },
      })
      expect(asked).toContain('cold-room-01 temperature 2026-01-05T12:00:00.000Z')
      expect(new Set(recordsOf(messages).map(({ deviceId }) => deviceId))).toEqual(new Set(['pump-01']))
      expect(readingsSent).toBe(288 * 3)
    })

    it('ends at once when it is told to', async () => {
      const stopping = new AbortController()
      const sent = send({ readingsPerSecond: 1, signal: stopping.signal })
      await until('the first is there', () => messages.length === 1)
      stopping.abort()
      await expect(sent).rejects.toThrow('aborted')
    })
  })

  it('is a demo: devices get their names, live first, then the past', async () => {
    const created: string[] = []
    const clock = new FakeClock(NOW_MS)
    const demo = createDemo({
      ...{ url: () => url, devices: 3, clock, logger: silentLogger(), rate: 50, retentionDays: 2 },
      deviceStore: {
        create: async ({ name }) => {
          created.push(name!)
          return undefined
        },
      },
      readings: { read: async () => [] },
    })
    const turning = setInterval(() => clock.advance(20), 5)
    await demo.start({ signal: new AbortController().signal, fail: () => {} })
    try {
      await until('past and present have come', () => {
        const sizes = recordsOf(messages).map(({ readings }) => readings.length)
        return sizes.some((size) => size > 100) && sizes.some((size) => size < 10)
      })
      expect(created).toEqual(['Cold room 1', 'Assembly line 1', 'Pump 1'])
    } finally {
      clearInterval(turning)
      await demo.stop()
    }
    // The other end hears of it a moment later.
    await until('everybody has left', () => door.connections() === 0)
  })
})

const BELIEVES_ALL = {
  aheadMs: Number.POSITIVE_INFINITY,
  behindMs: Number.POSITIVE_INFINITY,
  arrivals: { next: () => 0, size: 0 },
}

/** What ingestion makes of the telemetry among the messages; whatever it would refuse fails the test. */
function recordsOf(messages: readonly DeviceMessage[]): ReadingsRecord[] {
  return messages
    .filter(({ topic }) => topic === 'sensor/data')
    .flatMap(({ payload }) => {
      const { accepted, refused } = parseTelemetry({ payload, receivedAtMs: NOW_MS, policy: BELIEVES_ALL })
      expect(refused).toEqual([])
      return accepted
    })
}

function namedDevice({ topic, payload }: DeviceMessage): string | undefined {
  return (/"deviceId":"([^"]+)"/.exec(Buffer.from(payload).toString()) ?? topic.split('/'))[1]
}

function statusesOf(messages: readonly DeviceMessage[], status: string): string[] {
  return messages
    .filter(({ topic, payload }) => topic.endsWith('/status') && Buffer.from(payload).toString() === status)
    .map(({ topic }) => topic.split('/')[1]!)
}
