import { type ReadingsRecord, TOPICS } from '@iot/contracts'
import { silentLogger } from '@iot/runtime'
import { until } from '@iot/testkit'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import type { Database } from '../database.js'
import { startTestDatabase, type TestDatabase } from '../testing/test-database.js'
import { createPostgresEventLog, type PostgresEventLog } from './event-log.js'
import { emptyLog, openFaultyDatabase, started } from './testing.js'

const LINGER_MS = 20
const ALL = { maxRecords: 100, maxBytes: 1e9 }

let server: TestDatabase
let faulty: ReturnType<typeof openFaultyDatabase>
let database: Database
let log: PostgresEventLog

beforeAll(async () => {
  server = await startTestDatabase()
}, 120_000)
afterAll(() => server.close())

beforeEach(async () => {
  faulty = openFaultyDatabase(server)
  database = faulty.database
  await emptyLog(database)
  log = await open({})
})
afterEach(async () => {
  await log.stop()
  await database.end()
})

function open(options: { maxFlushRecords?: number }): Promise<PostgresEventLog> {
  return started(
    createPostgresEventLog({ database, log: silentLogger(), partitions: 1, lingerMs: LINGER_MS, ...options }),
  )
}

function record(value: number): ReadingsRecord {
  const at = '2026-01-01T00:00:00.000Z'
  return { deviceId: 'd', receivedAt: at, readings: [{ sensorType: 't', value, timestamp: at }] }
}

async function stored(): Promise<number[]> {
  const records = await log.read<ReadingsRecord>(TOPICS.sensorsData, 0, 0, ALL)
  return records.map(({ value }) => value.readings[0]!.value)
}

describe('records that are enqueued', () => {
  it('share the promise of their flush, and stand among those appended in the order of the calls', async () => {
    const first = log.enqueue!(TOPICS.sensorsData, 'd', record(1))
    const place = log.append(TOPICS.sensorsData, 'd', record(2))
    const last = log.enqueue!(TOPICS.sensorsData, 'd', record(3))
    expect(last).toBe(first)
    await first
    expect(await place).toEqual({ partition: 0, offset: 1 })
    expect(await stored()).toEqual([1, 2, 3])
    expect(log.enqueue!(TOPICS.sensorsData, 'd', record(4))).not.toBe(first)
  })

  it('are split where a flush is full', async () => {
    await log.stop()
    log = await open({ maxFlushRecords: 2 })
    const promises = [1, 2, 3, 4, 5].map((value) => log.enqueue!(TOPICS.sensorsData, 'd', record(value)))
    expect(new Set(promises).size).toBe(3)
    await Promise.all(promises)
    expect(await stored()).toEqual([1, 2, 3, 4, 5])
  })

  it('are on their way before readers are told of those that were written before them', async () => {
    const steps: string[] = []
    let goOn: () => void = () => {}
    const held = new Promise<void>((resolve) => {
      goOn = resolve
    })
    faulty.beforeEach(async (statement) => {
      if (statement === 'log_append') steps.push('write')
      if (statement === 'log_append' && steps.length === 1) await held
    })
    const onBatch = async () => {
      steps.push('read')
    }
    const reader = await log.subscribe({ group: 'g', topics: [TOPICS.sensorsData], maxRecords: 1, onBatch })
    const first = log.enqueue!(TOPICS.sensorsData, 'd', record(1))
    await until('the first is on its way', () => steps.length === 1)
    const beganMs = performance.now()
    const second = log.enqueue!(TOPICS.sensorsData, 'd', record(2))
    await until('the second has waited its time', () => performance.now() > beganMs + 2 * LINGER_MS)
    goOn()
    await Promise.all([first, second])
    await until('both are read', () => steps.length === 4)
    expect(steps).toEqual(['write', 'write', 'read', 'read'])
    await reader.stop()
  })

  it('are as they were when they were given, whatever becomes of the value', async () => {
    const given = record(1)
    const written = log.enqueue!(TOPICS.sensorsData, 'd', given)
    given.readings[0]!.value = 2
    given.readings.push(record(3).readings[0]!)
    await written
    const [kept] = await log.read<ReadingsRecord>(TOPICS.sensorsData, 0, 0, ALL)
    expect(kept!.value).toEqual(record(1))
  })

  it('are refused at once where they do not fit or the log is closed', async () => {
    const misfit = { ...record(1), receivedAt: 'today' }
    expect(() => log.enqueue!(TOPICS.sensorsData, 'd', misfit)).toThrow(
      expect.objectContaining({ code: 'LOG_SCHEMA' }),
    )
    await log.stop()
    expect(() => log.enqueue!(TOPICS.sensorsData, 'd', record(1))).toThrow(
      expect.objectContaining({ code: 'LOG_CLOSED' }),
    )
  })
})
