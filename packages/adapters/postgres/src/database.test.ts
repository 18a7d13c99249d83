import { StoreUnavailable } from '@iot/ports'
import { until } from '@iot/testkit'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { Database } from './database.js'
import { startTestDatabase, type TestDatabase } from './testing/test-database.js'

let server: TestDatabase
let database: Database
const sent: string[] = []

beforeAll(async () => {
  server = await startTestDatabase()
  database = server.openDatabase({ poolSize: 2, onStatement: (text) => sent.push(text) })
}, 120_000)
afterAll(() => server?.close())

describe('the database', () => {
  it('gives int8 as a number and timestamptz as ms', async () => {
    const { rows } = await database.query<{ n: number; t: number }>(
      'SELECT 9007199254740991::int8 AS n, to_timestamp($1::float8 / 1000) AS t',
      [1_763_795_910_123],
    )
    expect(rows).toEqual([{ n: Number.MAX_SAFE_INTEGER, t: 1_763_795_910_123 }])
  })

  it('reads a time before 1970 and one without a fraction', async () => {
    const { rows } = await database.query<{ a: number; b: number }>(
      `SELECT '1969-12-31 23:59:59.5+00'::timestamptz AS a, '2026-01-01 01:00:00+01'::timestamptz AS b`,
    )
    expect(rows).toEqual([{ a: -500, b: Date.parse('2026-01-01') }])
  })

  it('rolls a transaction back when its work rejects, and passes the error on', async () => {
    await database.query('CREATE TABLE kept (n int)')
    const work = database.transaction(async (query) => {
      await query('INSERT INTO kept VALUES (1)')
      throw new RangeError('no')
    })
    await expect(work).rejects.toThrow(RangeError)
    expect((await database.query('SELECT * FROM kept')).rowCount).toBe(0)
  })

  it('tells of every statement it sends', async () => {
    sent.length = 0
    await database.transaction((query) => query('SELECT 1'))
    expect(sent).toEqual(['BEGIN', 'SELECT 1', 'COMMIT'])
  })

  it('passes on what is wrong with a statement as it is', async () => {
    const query = database.query('SELECT * FROM nothing_of_the_kind')
    await expect(query).rejects.toMatchObject({ code: '42P01' })
  })

  it('calls a statement that takes too long unavailable, with the SQLSTATE in the cause', async () => {
    // Long enough for the short one behind it on a busy machine: the limit is the same for both.
    const hasty = server.openDatabase({ poolSize: 1, statementTimeoutMs: 1_000 })
    const error = await hasty.query('SELECT pg_sleep(30)').catch((caught) => caught)
    expect(error).toBeInstanceOf(StoreUnavailable)
    expect(error.cause.code).toBe('57014')
    await hasty.query('SELECT 1')
  })

  it('refuses a statement that gets no connection in time', async () => {
    // Long enough for the one connection to come about on a busy machine: the limit is the same for both.
    const narrow = server.openDatabase({ poolSize: 1, connectTimeoutMs: 3_000 })
    await narrow.transaction(async () => {
      await expect(narrow.query('SELECT 1')).rejects.toThrow(StoreUnavailable)
    })
  })

  it('is unavailable while the server is away, and works again when it is back', async () => {
    await database.query('SELECT 1')
    await server.killServer()
    // The server's children outlive a killed parent by a moment.
    const error = await until('a refusal', () =>
      database.query('SELECT 1').then(
        () => false,
        (caught) => caught,
      ),
    )
    expect(error).toBeInstanceOf(StoreUnavailable)
    await server.startServer()
    await until('an answer', () => database.query('SELECT 1'))
  }, 60_000)

  it('rejects a statement that the server dies under', async () => {
    const asleep = expect(database.query('SELECT pg_sleep(30)')).rejects.toThrow(StoreUnavailable)
    const watcher = server.openDatabase({ poolSize: 1 })
    await until('the statement runs', async () => {
      const { rowCount } = await watcher.query(
        `SELECT 1 FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(30)' AND state = 'active'`,
      )
      return rowCount === 1
    })
    await server.killServer()
    await asleep
    await server.startServer()
  }, 60_000)

  it('rejects a transaction whose connection is lost between two statements', async () => {
    const lost = database.transaction(async (query) => {
      const { rows } = await query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
      await server.openDatabase({ poolSize: 1 }).query('SELECT pg_terminate_backend($1)', [rows[0]!.pid])
      await until('the loss is noticed', () =>
        query('SELECT 1').then(
          () => false,
          () => true,
        ),
      )
      await query('SELECT 1')
    })
    await expect(lost).rejects.toThrow(StoreUnavailable)
    await database.query('SELECT 1')
  })

  it('refuses statements after its end', async () => {
    const brief = server.openDatabase({ poolSize: 1 })
    await brief.query('SELECT 1')
    await brief.end()
    await expect(brief.query('SELECT 1')).rejects.toThrow(StoreUnavailable)
  })
})
