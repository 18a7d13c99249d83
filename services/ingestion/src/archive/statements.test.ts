import {
  createMemoryAlertStore,
  createMemoryAuditStore,
  createMemoryDeadLetterStore,
  createMemoryDeviceStore,
} from '@iot/adapter-memory'
import {
  createPostgresEventLog,
  createPostgresReadingStore,
  startTestDatabase,
  type TestDatabase,
} from '@iot/adapter-postgres'
import { PARTITIONS, TOPICS } from '@iot/contracts'
import { systemClock } from '@iot/ports'
import { createMetrics, silentLogger } from '@iot/runtime'
import { until } from '@iot/testkit'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createArchivePipeline } from './pipeline.js'

const READINGS = 20_000
const START_MS = Date.parse('2026-01-01T00:00:00.000Z')
const context = { signal: new AbortController().signal, fail: () => {} }

describe('the archive on PostgreSQL', () => {
  let server: TestDatabase

  beforeAll(async () => {
    server = await startTestDatabase()
  })
  afterAll(() => server.close())

  it('takes at most 3 statements for 1 000 readings, commits of offsets included', async () => {
    const sent: string[] = []
    const database = server.openDatabase({ onStatement: (text) => sent.push(text) })
    const log = createPostgresEventLog({ database, log: silentLogger(), partitions: PARTITIONS })
    const readings = createPostgresReadingStore({ database })
    await log.start(context)
    const audit = createMemoryAuditStore({ clock: systemClock })
    const create = () =>
      createArchivePipeline({
        ...{ log, readings, clock: systemClock, logger: silentLogger(), metrics: createMetrics() },
        devices: createMemoryDeviceStore({ clock: systemClock }),
        deadLetters: createMemoryDeadLetterStore(),
        ...{ audit, alerts: createMemoryAlertStore({ audit }) },
        ...{ retentionDays: 40_000, alertRetentionDays: 400, auditRetentionDays: 400 },
      })
    const everything = async () => {
      const committed = await log.committed('archive', TOPICS.sensorsData)
      const ranges = await log.ranges(TOPICS.sensorsData)
      return ranges.every(({ partition, end }) => (committed.get(partition) ?? 0) === end)
    }
    try {
      await append(log, 0, 100)
      const first = create()
      await first.start(context)
      await until('devices and time partitions are known', everything)
      await first.stop()

      await append(log, 100, READINGS)
      sent.length = 0
      const second = create()
      await second.start(context)
      await until('everything is committed', everything, { everyMs: 50 })
      await second.stop()
      const perThousand = sent.length / ((READINGS - 100) / 1_000)
      const { rows } = await database.query<{ count: number }>('SELECT count(*)::int AS count FROM readings')
      expect(rows[0]!.count).toBe(READINGS)
      expect(perThousand).toBeLessThanOrEqual(3)
    } finally {
      await log.stop()
      await database.end()
    }
  })
})

async function append(
  log: ReturnType<typeof createPostgresEventLog>,
  from: number,
  until: number,
): Promise<void> {
  const receivedAt = new Date(START_MS).toISOString()
  await Promise.all(
    Array.from({ length: until - from }, (_, at) => {
      const deviceId = `d${(from + at) % 50}`
      const timestamp = new Date(START_MS + (from + at) * 1_000).toISOString()
      const reading = { sensorType: 'temperature', value: at % 40, timestamp }
      return log.append(TOPICS.sensorsData, deviceId, { deviceId, receivedAt, readings: [reading] })
    }),
  )
}
