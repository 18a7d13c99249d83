import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { type Logger, StartError } from '@iot/runtime'
import type { Database, Query } from './database.js'

/** Works from src/ and from dist/. */
const FOLDER = new URL('../migrations/', import.meta.url)
/** Any number, as long as nobody else locks it: one migrating process at a time. */
const LOCK_KEY = 7_142_301

interface Migration {
  readonly name: string
  readonly sql: string
  readonly checksum: string
}

/**
 * Brings the database to the form this code needs: applies the SQL files of `migrations/` that it has not
 * had, in the order of their names, each in a transaction of its own, one process at a time. Throws a
 * StartError where an applied file has changed since, or where the database has had files that this code
 * does not know (it is newer than the code). Statements are bound by the database’s statement timeout.
 */
export async function migrate(database: Database, log: Logger, folder: URL = FOLDER): Promise<void> {
  const migrations = await readMigrations(folder)
  for (const migration of await findPending(database, migrations)) {
    const applied = await database.transaction((query) => apply(query, migration))
    if (applied) log.info({ migration: migration.name }, 'database migrated')
  }
}

async function readMigrations(folder: URL): Promise<Migration[]> {
  const path = fileURLToPath(folder)
  const names = (await readdir(path)).filter((name) => name.endsWith('.sql')).sort()
  return await Promise.all(
    names.map(async (name) => {
      const sql = await readFile(new URL(name, folder), 'utf8')
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') }
    }),
  )
}

async function findPending(database: Database, migrations: readonly Migration[]): Promise<Migration[]> {
  const applied = await database.transaction(async (query) => {
    await lock(query)
    await query(`CREATE TABLE IF NOT EXISTS schema_migrations (
      name text PRIMARY KEY,
      checksum text NOT NULL,
      applied_at timestamptz NOT NULL DEFAULT now()
    )`)
    const { rows } = await query<{ name: string; checksum: string }>(
      'SELECT name, checksum FROM schema_migrations ORDER BY name',
    )
    return new Map(rows.map((row) => [row.name, row.checksum]))
  })
  const known = new Map(migrations.map((migration) => [migration.name, migration]))
  for (const [name, checksum] of applied) {
    const migration = known.get(name)
    if (!migration) {
      throw new StartError(
        `The database is newer than this program: it has had ${name}, which this program does not know. ` +
          'Start the newer program, or restore a backup from before.',
      )
    }
    if (migration.checksum !== checksum) {
      throw new StartError(
        `The migration ${name} has been changed since it was applied to this database. ` +
          'Put the file back as it was, and make the change in a new file.',
      )
    }
  }
  return migrations.filter(({ name }) => !applied.has(name))
}

/** Resolves with false where another process has been faster. */
async function apply(query: Query, migration: Migration): Promise<boolean> {
  await lock(query)
  const { rowCount } = await query('SELECT 1 FROM schema_migrations WHERE name = $1', [migration.name])
  if (rowCount > 0) return false
  await query(migration.sql)
  await query('INSERT INTO schema_migrations (name, checksum) VALUES ($1, $2)', [
    migration.name,
    migration.checksum,
  ])
  return true
}

/** Held until the transaction ends. */
async function lock(query: Query): Promise<void> {
  await query('SELECT pg_advisory_xact_lock($1)', [LOCK_KEY])
}
