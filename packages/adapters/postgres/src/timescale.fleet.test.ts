import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { reading } from '@iot/conformance'
import { type ReadingStore, type StoredReading, StoreUnavailable } from '@iot/ports'
import { silentLogger } from '@iot/runtime'
import { until } from '@iot/testkit'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import type { Database } from './database.js'
import { migrate } from './migrate.js'
import { hasHypertable } from './reading-store/find-time-partitions.js'
import { createPostgresReadingStore } from './reading-store/reading-store.js'
import { startTestDatabase, type TestDatabase } from './testing/test-database.js'
import { startTimescaleDatabase, type TimescaleDatabase } from './testing/timescale-database.js'

const MIGRATIONS = fileURLToPath(new URL('../migrations/', import.meta.url))
const DAY = 86_400_000
const NOON = Date.parse('2026-03-11T12:00:00.000Z')
const YEAR_AGO = NOON - 300 * DAY
const log = silentLogger()

let server: TimescaleDatabase
let plain: TestDatabase
let database: Database

beforeAll(async () => {
  ;[server, plain] = await Promise.all([startTimescaleDatabase(), startTestDatabase()])
  database = server.openDatabase()
})
afterAll(() => Promise.all([server?.close(), plain?.close()]))
beforeEach(async () => {
  await database.query('DELETE FROM devices')
  await database.query('TRUNCATE readings')
})

async function chunks(): Promise<{ from: number; to: number }[]> {
  const { rows } = await database.query<{ from: number; to: number }>(
    `SELECT range_start AS from, range_end AS to FROM timescaledb_information.chunks
     WHERE hypertable_name = 'readings' ORDER BY range_start`,
  )
  return rows
}

describe('the hypertable', () => {
  it('is what a fresh database has, with the key as its one index', async () => {
    expect(await hasHypertable(database)).toBe(true)
    const { rows } = await database.query(`SELECT indexname FROM pg_indexes WHERE tablename = 'readings'`)
    expect(rows).toEqual([{ indexname: 'readings_pkey' }])
  })

  it('takes readings of 300 days ago beside those of now, each once', async () => {
    const store = createPostgresReadingStore({ database, log })
    const rows = [YEAR_AGO, NOON, YEAR_AGO + 1].map((timestampMs) => reading({ timestampMs }))
    expect(await store.write(rows)).toEqual({ inserted: 3, repeated: 0, refused: 0 })
    expect(await store.write(rows)).toEqual({ inserted: 0, repeated: 3, refused: 0 })
    const query = { deviceId: 'pump-1', fromMs: YEAR_AGO - DAY, toMs: NOON + DAY, limit: 10 }
    expect((await store.read(query)).map(({ timestampMs }) => timestampMs)).toEqual([
      YEAR_AGO,
      YEAR_AGO + 1,
      NOON,
    ])
    expect((await chunks()).length).toBe(2)
  })

  it('loses the chunks that end before retention begins, and no other reading', async () => {
    const store = createPostgresReadingStore({ database, log })
    const days = Array.from({ length: 40 }, (_, day) => reading({ timestampMs: NOON - day * DAY }))
    await store.write(days)
    const before = await chunks()
    const beforeMs = NOON - 20 * DAY
    const gone = before.filter(({ to }) => to <= beforeMs)
    expect(gone.length).toBeGreaterThan(1)
    expect(await store.dropBefore(beforeMs)).toBe(gone.length)
    expect(await chunks()).toEqual(before.slice(gone.length))
    const kept = days.filter(({ timestampMs }) => timestampMs >= gone.at(-1)!.to)
    const all = { deviceId: 'pump-1', fromMs: NOON - 50 * DAY, toMs: NOON + DAY, limit: 100 }
    expect(await store.read(all)).toHaveLength(kept.length)
    expect(await store.dropBefore(beforeMs)).toBe(0)
  })

  it('answers every question as weekly partitions do', async () => {
    const forms = [database, plain.openDatabase()]
    const stores = forms.map((form) => createPostgresReadingStore({ database: form, log }))
    const rows: StoredReading[] = Array.from({ length: 3_000 }, (_, index) =>
      reading({
        deviceId: `d${index % 3}`,
        sensorType: ['temperature', 'humidity'][index % 2]!,
        timestampMs: YEAR_AGO + Math.round((index / 3_000) * 300 * DAY),
        value: Math.sin(index) * 100,
      }),
    )
    for (const store of stores) expect((await store.write(rows)).inserted).toBe(rows.length)

    const range = { deviceId: 'd1', fromMs: YEAR_AGO + DAY, toMs: NOON - DAY }
    const questions: ((store: ReadingStore) => Promise<unknown[]>)[] = [
      (store) => store.buckets({ ...range, bucketMs: DAY, limit: 10_000 }),
      (store) => store.buckets({ ...range, bucketMs: 3_600_000, limit: 10_000 }),
      (store) => store.buckets({ ...range, sensorType: 'humidity', bucketMs: 7 * DAY, limit: 10_000 }),
      (store) => store.read({ ...range, limit: 500 }),
      (store) => store.read({ ...range, limit: 77, pick: 'newest' }),
      (store) => store.latest('d2'),
    ]
    for (const ask of questions) {
      const [hypertable, weekly] = await Promise.all(stores.map(ask))
      expect(hypertable!.length).toBeGreaterThan(0)
      expect(hypertable).toEqual(weekly)
    }
  })
})

describe('a database that holds readings from before', () => {
  it('keeps its weekly partitions, and goes on', async () => {
    const older = await mkdtemp(join(tmpdir(), 'iot-older-'))
    await cp(MIGRATIONS, older, { recursive: true })
    await rm(join(older, '012-hypertable.sql'))
    await database.query('CREATE DATABASE from_before')
    const url = server.url.replace(/[^/]+$/, 'from_before')
    const before = server.openDatabase({ url })
    await migrate(before, log, pathToFileURL(`${older}/`))
    const store = createPostgresReadingStore({ database: before, log })
    await store.write([reading()])
    await migrate(before, log)
    expect(await hasHypertable(before)).toBe(false)
    expect((await store.write([reading({ timestampMs: YEAR_AGO })])).inserted).toBe(1)
    expect(await store.dropBefore(NOON - DAY)).toBeGreaterThan(0)
    expect(await store.latest('pump-1')).toHaveLength(1)
    await rm(older, { recursive: true })
  })
})

describe('a server that freezes', () => {
  it('is told by a rejection within the timeouts, on connections old and new, and serves again when it thaws', async () => {
    const limits = { statementTimeoutMs: 500, connectTimeoutMs: 1_000, poolSize: 2 }
    const impatient = server.openDatabase(limits)
    const fresh = server.openDatabase(limits)
    const store = createPostgresReadingStore({ database: impatient, log })
    // In the same time as a frozen one, a busy one makes the first partition or does not.
    await until('a reading is taken', () => store.write([reading()]).then(() => true))
    server.pauseServer()
    try {
      const beganMs = performance.now()
      await expect(store.write([reading({ timestampMs: NOON + 1 })])).rejects.toThrow(StoreUnavailable)
      await expect(fresh.query('SELECT 1')).rejects.toThrow(StoreUnavailable)
      await expect(impatient.transaction((query) => query('SELECT 1'))).rejects.toThrow(StoreUnavailable)
      expect(performance.now() - beganMs).toBeLessThan(15_000)
    } finally {
      server.unpauseServer()
    }
    await until('the readings are taken again', async () => {
      const { inserted, repeated } = await store.write([reading({ timestampMs: NOON + 1 })])
      return inserted + repeated === 1
    })
    expect(await store.latest('pump-1')).toMatchObject([{ timestampMs: NOON + 1 }])
  })

  it('is away while it is killed, and has everything that it acknowledged when it is back', async () => {
    const store = createPostgresReadingStore({ database, log })
    await store.write([reading()])
    await server.killServer()
    await expect(store.write([reading({ timestampMs: NOON + 1 })])).rejects.toThrow(StoreUnavailable)
    await server.startServer()
    expect(await store.write([reading()])).toEqual({ inserted: 0, repeated: 1, refused: 0 })
  })
})
