import { TOPICS } from '@iot/contracts'
import type { LogPlace } from '@iot/ports'
import { silentLogger } from '@iot/runtime'
import { FakeClock, until } from '@iot/testkit'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import type { Database } from '../database.js'
import { startTestDatabase, type TestDatabase } from '../testing/test-database.js'
import { createPostgresEventLog, type PostgresEventLog, type PostgresEventLogOptions } from './event-log.js'
import { emptyLog, openFaultyDatabase, started } from './testing.js'

const READINGS = TOPICS.sensorsData
const STATUS = TOPICS.deviceStatus
const AT = '2026-03-01T12:00:00.000Z'
const ALL = { maxRecords: 100_000, maxBytes: 1_000_000_000 }

let server: TestDatabase
let faulty: ReturnType<typeof openFaultyDatabase>
let database: Database
const open: PostgresEventLog[] = []

beforeAll(async () => {
  server = await startTestDatabase()
}, 120_000)
afterAll(() => server.close())
beforeEach(async () => {
  faulty = openFaultyDatabase(server)
  database = faulty.database
  await emptyLog(database)
})
afterEach(async () => {
  await Promise.all(open.splice(0).map((log) => log.stop()))
  await database.end()
})

async function openLog(
  options: Partial<PostgresEventLogOptions> = {},
  fail?: (error: unknown) => void,
): Promise<PostgresEventLog> {
  const log = createPostgresEventLog({
    database,
    log: silentLogger(),
    partitions: 2,
    lingerMs: 1,
    stopLimitMs: 500,
    ...options,
  })
  open.push(log)
  return started(log, fail)
}

function append(log: PostgresEventLog, n: number): Promise<LogPlace> {
  const deviceId = `device-${n % 5}`
  const readings = [{ sensorType: 'n', value: n, timestamp: AT }]
  return log.append(READINGS, deviceId, { deviceId, receivedAt: AT, readings })
}

/** Everything in the log: the number that each record holds, by its place. */
async function contents(log: PostgresEventLog): Promise<Map<string, number>> {
  const found = new Map<string, number>()
  for (const partition of [0, 1]) {
    const records = await log.read<{ readings: { value: number }[] }>(READINGS, partition, 0, ALL)
    records.forEach(({ offset, value }, at) => {
      expect(offset).toBe(at)
      found.set(`${partition}/${offset}`, value.readings[0]!.value)
    })
  }
  return found
}

describe('the log in PostgreSQL, on bad days', () => {
  it('keeps every acknowledged record once, without gaps, over kills of the server', async () => {
    const log = await openLog()
    const acknowledged = new Map<string, number>()
    let next = 0
    let stopping = false
    const writers = Array.from({ length: 20 }, async () => {
      while (!stopping) {
        const n = next++
        const { partition, offset } = await append(log, n)
        acknowledged.set(`${partition}/${offset}`, n)
      }
    })
    const seen: number[] = []
    await log.subscribe({
      group: 'g',
      topics: [READINGS, STATUS],
      maxRecords: 100,
      onBatch: async ({ records }, control) => {
        for (const record of records) {
          seen.push((record.value as { readings: { value: number }[] }).readings[0]!.value)
        }
        await control.commit(records.at(-1)!.offset + 1)
      },
    })
    for (let kill = 0; kill < 3; kill++) {
      const before = acknowledged.size
      await until('records are acknowledged', () => acknowledged.size > before + 100, { withinMs: 30_000 })
      await server.killServer()
      expect(log.health!().status).not.toBe('down')
      await server.startServer()
    }
    const before = acknowledged.size
    await until('it goes on by itself', () => acknowledged.size > before + 100, { withinMs: 30_000 })
    stopping = true
    await Promise.all(writers)
    await until('the group has seen all', () => new Set(seen).size === acknowledged.size, {
      withinMs: 30_000,
    })
    expect(await contents(log)).toEqual(acknowledged)
    expect(new Set(acknowledged.values()).size).toBe(next)

    const again = await openLog({ tailBytes: 0 })
    expect(await contents(again)).toEqual(acknowledged)
  }, 120_000)

  it('does not write twice what was written when the answer was lost', async () => {
    const log = await openLog()
    faulty.loseAnswerOf('log_append')
    const places = await Promise.all([append(log, 0), append(log, 1), append(log, 0)])
    await append(log, 5)
    expect(places).toHaveLength(3)
    expect([...(await contents(log)).values()].sort()).toEqual([0, 0, 1, 5])
    expect(log.health!().status).toBe('healthy')
  })

  it('writes what was not written when the connection was lost', async () => {
    const log = await openLog()
    let failures = 2
    faulty.beforeEach((statement) => {
      if (statement === 'log_append' && failures-- > 0) throw new Error('connection lost')
    })
    const places = await Promise.all([append(log, 0), append(log, 1)])
    expect(places.map(({ offset }) => offset)).toEqual([0, 1])
    expect([...(await contents(log)).values()]).toEqual([0, 1])
  })

  it('rejects with LOG_UNAVAILABLE when its tries are used up, and goes on without holes', async () => {
    const log = await openLog({ retryLimitMs: 0 })
    await append(log, 0)
    faulty.loseAnswerOf('log_append')
    await expect(append(log, 5)).rejects.toMatchObject({ code: 'LOG_UNAVAILABLE', retriable: true })
    expect(await append(log, 10)).toMatchObject({ offset: 2 })
    expect([...(await contents(log)).values()]).toEqual([0, 5, 10])
  })

  it('is fenced when another process takes the log', async () => {
    const failures: unknown[] = []
    const first = await openLog({}, (error) => failures.push(error))
    await append(first, 0)
    const subscription = await first.subscribe({
      group: 'g',
      topics: [READINGS],
      maxRecords: 10,
      onBatch: async () => {},
    })
    const second = await openLog()
    expect(second.epoch).toBe(first.epoch)
    await append(second, 1)
    await expect(append(first, 2)).rejects.toMatchObject({ code: 'LOG_FENCED', retriable: false })
    await expect(append(first, 3)).rejects.toMatchObject({ code: 'LOG_FENCED' })
    await expect(subscription.failed).rejects.toMatchObject({ code: 'LOG_FENCED' })
    expect(failures).toHaveLength(1)
    expect(first.health!().status).toBe('down')
    expect([...(await contents(second)).values()].sort()).toEqual([0, 1])
  })

  it('notices at a commit, too, that it was fenced', async () => {
    const failures: unknown[] = []
    const first = await openLog({}, (error) => failures.push(error))
    await append(first, 0)
    let commit: (() => Promise<void>) | undefined
    await first.subscribe({
      group: 'g',
      topics: [READINGS],
      maxRecords: 10,
      onBatch: async ({ records }, control) => {
        commit = () => control.commit(records.at(-1)!.offset + 1)
      },
    })
    await until('the record was seen', () => commit)
    const second = await openLog()
    await expect(commit!()).rejects.toMatchObject({ code: 'LOG_FENCED' })
    expect(failures).toHaveLength(1)
    expect((await second.committed('g', READINGS)).get(0)).toBe(0)
    expect((await second.committed('g', READINGS)).get(1)).toBe(0)
  })

  it('notices without writing anything that it was fenced', async () => {
    const failures: unknown[] = []
    const first = await openLog({ retentionIntervalMs: 20 }, (error) => failures.push(error))
    await openLog()
    await until('the idle process was told', () => failures.length > 0)
    expect(failures).toEqual([expect.objectContaining({ code: 'LOG_FENCED' })])
    expect(first.health!().status).toBe('down')
  })

  it('lets appends wait at the disk bound until a group has moved on', async () => {
    const said: string[] = []
    const logger = {
      ...silentLogger(),
      info: () => {},
      warn: (_: unknown, message: string) => said.push(message),
    }
    const log = await openLog({ maxLogBytes: 10_000, log: logger as never })
    const commits: (() => Promise<void>)[] = []
    await log.subscribe({
      group: 'slow',
      topics: [READINGS],
      maxRecords: 1_000,
      onBatch: async ({ records }, control) => {
        commits.push(() => control.commit(records.at(-1)!.offset + 1))
      },
    })
    let answered = 0
    // Three times what the bound has room for: each of them is written to the disk by itself.
    const count = 100
    const writing = (async () => {
      for (let n = 0; n < count; n++) {
        await append(log, n)
        answered += 1
      }
    })()
    await until('it is said that appends wait', () => said.length > 0)
    expect(said[0]).toContain('at its disk bound')
    expect(answered).toBeLessThan(count / 2)
    expect(log.health!()).toEqual({
      status: 'degraded',
      detail: expect.stringMatching(/LOG_MAX_BYTES.*slow/),
    })
    const size = 'SELECT sum(byte_count)::int AS bytes FROM log_batch'
    const { rows } = await database.query<{ bytes: number }>(size)
    expect(rows[0]!.bytes).toBeLessThanOrEqual(10_000)
    await until('all are written as the group commits', async () => {
      for (const commit of commits.splice(0)) await commit()
      return answered === count
    })
    await writing
    const [range] = await log.ranges(READINGS)
    expect(range!.start).toBeGreaterThan(0)
    expect(log.health!().status).toBe('healthy')
  })

  it('makes room for a flush that is larger than what it keeps free', async () => {
    const log = await openLog({ maxLogBytes: 10_000 })
    const many = (count: number) => Promise.all(Array.from({ length: count }, (_, n) => append(log, n)))
    await many(60)
    // 0.9 of the bound is not passed, and this does not fit beside it.
    await many(60)
    const ranges = await log.ranges(READINGS)
    expect(ranges.reduce((sum, { end }) => sum + end, 0)).toBe(120)
  })

  it('counts what it keeps as it lies on the disk, where a letter may be several bytes', async () => {
    const log = await openLog({ maxLogBytes: 10_000 })
    const value = { deviceId: 'd', receivedAt: AT, readings: [], location: 'ệ'.repeat(200) }
    for (let n = 0; n < 60; n++) await log.append(READINGS, 'd', value)
    const { rows } = await database.query<{ bytes: number }>(
      'SELECT sum(byte_count)::int AS bytes FROM log_batch',
    )
    expect(rows[0]!.bytes).toBeLessThanOrEqual(10_000)
    expect(rows[0]!.bytes).toBeGreaterThan(5_000)
  })

  it('keeps the total of what it holds beside it, through drops and an append whose answer was lost', async () => {
    const log = await openLog({ maxLogBytes: 10_000 })
    for (let n = 0; n < 100; n++) await append(log, n)
    faulty.loseAnswerOf('log_append')
    for (let n = 100; n < 200; n++) await append(log, n)
    const counted = 'SELECT count(*) AS batches, sum(byte_count) AS bytes FROM log_batch'
    const kept =
      'SELECT sum(kept_batches)::bigint AS batches, sum(kept_bytes)::bigint AS bytes FROM log_partition'
    const { rows } = await database.query<{ batches: number; bytes: number }>(counted)
    expect(rows[0]!.batches).toBeLessThan(100)
    expect((await database.query(kept)).rows).toEqual([
      { batches: rows[0]!.batches, bytes: Number(rows[0]!.bytes) },
    ])
  })

  it('ends in bounded time while the database is away, and leaves no append open', async () => {
    const log = await openLog()
    await append(log, 0)
    faulty.beforeEach(() => {
      throw new Error('connection lost')
    })
    const sent = append(log, 1)
    const sentRefused = expect(sent).rejects.toMatchObject({ code: 'LOG_UNAVAILABLE' })
    await until('it waits', () => log.health!().status === 'degraded')
    const waiting = expect(append(log, 2)).rejects.toMatchObject({ code: 'LOG_CLOSED' })
    await log.stop()
    await Promise.all([sentRefused, waiting])
  })

  it('says that the disk is full, waits, and goes on', async () => {
    const said: string[] = []
    const logger = { ...silentLogger(), error: (_: unknown, message: string) => said.push(message) }
    const log = await openLog({ log: logger as never })
    let full = true
    faulty.beforeEach((statement) => {
      if (statement === 'log_append' && full) {
        throw Object.assign(new Error('could not extend file'), { code: '53100' })
      }
    })
    let answered = false
    const appended = append(log, 0).then(() => {
      answered = true
    })
    await until('it was said', () => said.length > 0)
    expect(said[0]).toContain('the disk of the database is full')
    expect(answered).toBe(false)
    expect(log.health!()).toEqual({ status: 'degraded', detail: expect.stringContaining('disk') })
    full = false
    await appended
    expect(log.health!().status).toBe('healthy')
  })

  it('refuses another partition count than it was made with, and says what to do', async () => {
    await openLog({ partitions: 2 })
    await expect(openLog({ partitions: 3 })).rejects.toThrow(/has 2 partitions, this program wants 3/)
  })

  it('forgets a group that nobody joined for a month, and no sooner', async () => {
    const clock = new FakeClock()
    const log = await openLog({ clock })
    const gone = { group: 'gone', topics: [READINGS], maxRecords: 10, onBatch: async () => {} }
    await (await log.subscribe(gone)).stop()
    const { partition } = await append(log, 0)
    const next = async () => {
      await open.at(-1)!.stop()
      return openLog({ clock })
    }
    const second = await next()
    clock.advance(20 * 24 * 3_600_000)
    await second.retain()
    expect((await second.ranges(READINGS))[partition]).toEqual({ partition, start: 0, end: 1 })
    clock.advance(11 * 24 * 3_600_000)
    await second.retain()
    expect((await second.ranges(READINGS))[partition]).toEqual({ partition, start: 1, end: 1 })
  })

  it('writes many concurrent appends with few statements', async () => {
    const statements: string[] = []
    const counted = server.openDatabase({ onStatement: (text) => statements.push(text) })
    const log = await openLog({ database: counted, lingerMs: 20 })
    await append(log, 0)
    statements.length = 0
    await Promise.all(Array.from({ length: 2_000 }, (_, n) => append(log, n)))
    expect(statements.length).toBeLessThanOrEqual(3)
    await log.stop()
    await counted.end()
  })
})
