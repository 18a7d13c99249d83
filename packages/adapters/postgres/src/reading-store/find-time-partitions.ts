import type { Logger } from '@iot/runtime'
import type { Database } from '../database.js'
import { createHypertableChunks } from './hypertable-chunks.js'
import { createWeeklyPartitions, type TimePartitions } from './time-partitions.js'

/** Whether readings lie in a hypertable of TimescaleDB: see migrations/012-hypertable.sql. */
export async function hasHypertable(database: Database): Promise<boolean> {
  const { rows } = await database.query<{ relkind: string }>(
    `SELECT relkind FROM pg_class WHERE oid = 'readings'::regclass`,
  )
  // What we partition ourselves is of kind 'p'; a hypertable is a table like others to PostgreSQL.
  return rows[0]?.relkind === 'r'
}

/** The partitions of `readings`, of whichever form the database has: asked once, when they are first needed. */
export function findTimePartitions(deps: { database: Database; log: Logger }): TimePartitions {
  let found: TimePartitions | undefined

  async function find(): Promise<TimePartitions> {
    if (found) return found
    const isHypertable = await hasHypertable(deps.database)
    found ??= isHypertable ? createHypertableChunks(deps) : createWeeklyPartitions(deps)
    return found
  }

  return {
    ensure: async (timesMs) => (await find()).ensure(timesMs),
    forget: () => found?.forget(),
    dropBefore: async (beforeMs) => (await find()).dropBefore(beforeMs),
  }
}
