import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { StartError, silentLogger } from '@iot/runtime'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { Database } from './database.js'
import { migrate } from './migrate.js'
import { startTestDatabase, type TestDatabase } from './testing/test-database.js'

let server: TestDatabase
let folder: string
const log = silentLogger()

beforeAll(async () => {
  server = await startTestDatabase()
  folder = await mkdtemp(join(tmpdir(), 'iot-migrations-'))
  await writeFile(join(folder, '002-b.sql'), 'CREATE TABLE b (a int REFERENCES a); INSERT INTO b VALUES (1);')
  await writeFile(join(folder, '001-a.sql'), 'CREATE TABLE a (id int PRIMARY KEY); INSERT INTO a VALUES (1);')
}, 120_000)
afterAll(async () => {
  await server?.close()
  await rm(folder, { recursive: true, force: true })
})

async function emptyDatabase(): Promise<Database> {
  const name = `m${Math.random().toString(36).slice(2)}`
  const any = server.openDatabase({ poolSize: 1 })
  await any.query(`CREATE DATABASE ${name}`)
  await any.end()
  return server.openDatabase({ url: server.url.replace(/[^/]+$/, name), poolSize: 4 })
}
const run = (database: Database) => migrate(database, log, pathToFileURL(`${folder}/`))

describe('migrations', () => {
  it('are applied in the order of their names, once', async () => {
    const database = await emptyDatabase()
    await run(database)
    await run(database)
    expect((await database.query('SELECT a FROM b')).rows).toEqual([{ a: 1 }])
  })

  it('are applied once when several processes start at the same time', async () => {
    const database = await emptyDatabase()
    await Promise.all([run(database), run(database), run(database)])
    expect((await database.query('SELECT a FROM b')).rowCount).toBe(1)
  })

  it('leave nothing of one that fails, and go on with it once it is mended', async () => {
    const database = await emptyDatabase()
    const broken = join(folder, '003-c.sql')
    await writeFile(broken, 'CREATE TABLE c (); SELECT broken;')
    await expect(run(database)).rejects.toMatchObject({ code: '42703' })
    expect((await database.query(`SELECT to_regclass('b') AS b, to_regclass('c') AS c`)).rows).toEqual([
      { b: 'b', c: null },
    ])
    await writeFile(broken, 'CREATE TABLE c ();')
    await run(database)
    await rm(broken)
  })

  it('refuse a database that is newer than the program', async () => {
    const database = await emptyDatabase()
    const newer = join(folder, '009-newer.sql')
    await writeFile(newer, 'CREATE TABLE newer ();')
    await run(database)
    await rm(newer)
    await expect(run(database)).rejects.toThrow(StartError)
    await expect(run(database)).rejects.toThrow(/009-newer\.sql.*Start the newer program/)
  })

  it('refuse a file that has changed since it was applied', async () => {
    const database = await emptyDatabase()
    await run(database)
    await appendFile(join(folder, '001-a.sql'), '-- changed')
    await expect(run(database)).rejects.toThrow(/001-a\.sql has been changed/)
  })
})
