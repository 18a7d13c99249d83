import {
  createMemoryAlertStore,
  createMemoryAuditStore,
  createMemoryDeadLetterStore,
  createMemoryDeviceStore,
  createMemoryEventLog,
} from '@iot/adapter-memory'
import { type ReadingsRecord, type StatusRecord, TOPICS } from '@iot/contracts'
import type { DeviceDescription, LogRecord } from '@iot/ports'
import { createMetrics, silentLogger } from '@iot/runtime'
import { FakeClock, until } from '@iot/testkit'
import { describe, expect, it } from '@jest/globals'
import { createDeviceDescriber } from './device-describer.js'
import { createArchivePipeline } from './pipeline.js'

const AT = '2026-01-01T00:00:00.000Z'

function setUp() {
  const clock = new FakeClock(AT)
  const devices = createMemoryDeviceStore({ clock })
  const told: DeviceDescription[] = []
  const state = { isAway: false }
  const describer = createDeviceDescriber({
    devices: {
      describe: async (some) => {
        if (state.isAway) throw Object.assign(new Error('away'), { retriable: true })
        told.push(...some)
        await devices.describe(some)
      },
    },
    clock,
    logger: silentLogger(),
  })
  return { clock, devices, told, state, describer }
}

function status(deviceId: string, cause: StatusRecord['cause'] = 'reported'): LogRecord<StatusRecord> {
  const value: StatusRecord = {
    ...{ deviceId, timestamp: AT, cause },
    status: cause === 'removed' ? 'offline' : 'online',
  }
  return { topic: 'device-status', key: deviceId, partition: 0, offset: 0, timestampMs: 0, value }
}

function words(deviceId: string, location: string): LogRecord<ReadingsRecord> {
  const value: ReadingsRecord = { deviceId, receivedAt: AT, readings: [], location }
  return { topic: 'sensors-data', key: deviceId, partition: 0, offset: 0, timestampMs: 0, value }
}

describe('the describer of devices', () => {
  it('brings a device into being that only tells its status, and writes it once', async () => {
    const { devices, told, describer } = setUp()
    await describer.note([status('a'), status('a'), status('b')])
    await describer.note([status('a')])
    expect(told).toEqual([{ deviceId: 'a' }, { deviceId: 'b' }])
    expect(await devices.get('a')).toBeDefined()
  })

  it('brings nobody into being who was removed or only heard', async () => {
    const { told, describer } = setUp()
    await describer.note([status('a'), status('a', 'removed'), status('b', 'removed'), status('c', 'heard')])
    expect(told).toEqual([])
  })

  it('writes again what a removed device tells when it comes back', async () => {
    const { clock, devices, told, describer } = setUp()
    await describer.describe([words('a', 'Hall')])
    await describer.note([status('b')])
    await describer.note([status('a', 'removed'), status('b', 'removed')])
    await devices.remove('a')
    await devices.remove('b')
    clock.advance(60_000)
    told.length = 0
    await describer.describe([words('a', 'Hall')])
    await describer.note([status('b')])
    expect(told).toEqual([{ deviceId: 'a', location: 'Hall' }, { deviceId: 'b' }])
    await describer.describe([words('a', 'Hall')])
    await describer.note([status('b')])
    expect(told).toHaveLength(2)
  })

  it('takes nothing for known that came between the word of a removal and the removal', async () => {
    const { clock, devices, describer } = setUp()
    await describer.note([status('a', 'removed'), status('b', 'removed')])
    await describer.describe([words('a', 'Hall')])
    await describer.note([status('b')])
    await devices.remove('a')
    await devices.remove('b')
    clock.advance(60_000)
    await describer.describe([words('a', 'Hall')])
    await describer.note([status('b')])
    expect(await devices.get('a')).toMatchObject({ location: 'Hall' })
    expect(await devices.get('b')).toBeDefined()
  })

  it('rejects while the store is away, and writes when the records come again', async () => {
    const { devices, state, describer } = setUp()
    state.isAway = true
    await expect(describer.note([status('a')])).rejects.toThrow('away')
    state.isAway = false
    await describer.note([status('a')])
    expect(await devices.get('a')).toBeDefined()
  })
})

describe('the archive pipeline', () => {
  it('lists a device that has sent nothing but its status', async () => {
    const clock = new FakeClock(AT)
    const context = { signal: new AbortController().signal, fail: () => {} }
    const log = createMemoryEventLog()
    await log.start(context)
    const devices = createMemoryDeviceStore({ clock })
    const unused = () => Promise.reject(new Error('nothing is read or written'))
    const audit = createMemoryAuditStore({ clock })
    const archive = createArchivePipeline({
      ...{ log, devices, clock, logger: silentLogger(), metrics: createMetrics() },
      ...{ audit, alerts: createMemoryAlertStore({ audit }) },
      ...{ retentionDays: 400, alertRetentionDays: 400, auditRetentionDays: 400 },
      readings: { write: unused, read: unused, buckets: unused, latest: unused, dropBefore: async () => 0 },
      deadLetters: createMemoryDeadLetterStore(),
    })
    await archive.start(context)
    try {
      await log.append(TOPICS.deviceStatus, 'quiet', status('quiet').value)
      await until('it is listed', async () => (await devices.get('quiet')) !== undefined)
      await until('it is committed', async () => {
        const committed = await log.committed('archive', TOPICS.deviceStatus)
        return [...committed.values()].includes(1)
      })
    } finally {
      await archive.stop()
      await log.stop()
    }
  })
})
