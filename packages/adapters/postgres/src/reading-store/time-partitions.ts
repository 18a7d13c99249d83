import { StoreUnavailable } from '@iot/ports'
import type { Logger } from '@iot/runtime'
import type { Database, Query } from '../database.js'

/** The partitions of `readings` by time: ours, or a hypertable’s. */
export interface TimePartitions {
  /** Makes the partitions that these times (ms) need, where they are not there. */
  ensure(timesMs: Iterable<number>): Promise<void>
  /** Somebody else has dropped one: looks again at the next `ensure`. */
  forget(): void
  /** Drops the partitions that end at or before; resolves with their number. One that is in use is left for the next time. */
  dropBefore(beforeMs: number): Promise<number>
}

const WEEK_MS = 7 * 86_400_000
/** Weeks begin on Mondays; 1970 began on a Thursday. */
const FIRST_MONDAY_MS = 4 * 86_400_000
const LOCK_KEY = 7_142_302
const DROP_LOCK_MS = 2_000
/**
 * Rows only ever come, and go with the whole partition: there is nothing to sweep up, and what the planner knows of a
 * tenth of them holds for all. A deleted sensor’s rows are swept up as ever.
 */
const UPKEEP = 'autovacuum_vacuum_insert_threshold = -1, autovacuum_analyze_scale_factor = 0.5'

/** Weeks: 400 days are 58 partitions, each small enough to be read whole, and few enough to plan with. */
export function createWeeklyPartitions(deps: { database: Database; log: Logger }): TimePartitions {
  const { database } = deps
  const known = new Set<number>()

  return {
    async ensure(timesMs) {
      const missing = new Set<number>()
      for (const ms of timesMs) {
        const week = weekOf(ms)
        if (!known.has(week)) missing.add(week)
      }
      if (missing.size === 0) return
      const weeks = [...missing].sort((a, b) => a - b)
      for (const week of weeks) await database.transaction((query) => createPartition(query, week))
      for (const week of weeks) known.add(week)
    },
    forget: () => known.clear(),
    async dropBefore(beforeMs) {
      let dropped = 0
      for (const week of await listWeeks(database)) {
        if (startOf(week + 1) > beforeMs) continue
        known.delete(week)
        const wasDropped = await dropUnlessInUse(deps, nameOf(week), async (query) => {
          await query(`DROP TABLE IF EXISTS ${nameOf(week)}`)
        })
        if (wasDropped) dropped += 1
      }
      return dropped
    },
  }
}

function weekOf(ms: number): number {
  return Math.floor((ms - FIRST_MONDAY_MS) / WEEK_MS)
}

function startOf(week: number): number {
  return week * WEEK_MS + FIRST_MONDAY_MS
}

/** `readings_20261116`: the Monday that the week begins with. */
function nameOf(week: number): string {
  return `readings_${new Date(startOf(week)).toISOString().slice(0, 10).replaceAll('-', '')}`
}

/**
 * Made beside and attached, because attaching lets others go on reading and writing, which
 * CREATE TABLE … PARTITION OF does not.
 */
async function createPartition(query: Query, week: number): Promise<void> {
  const name = nameOf(week)
  const [from, to] = [week, week + 1].map((each) => new Date(startOf(each)).toISOString())
  await query('SELECT pg_advisory_xact_lock($1)', [LOCK_KEY])
  const { rows } = await query<{ there: boolean }>('SELECT to_regclass($1) IS NOT NULL AS there', [name])
  if (rows[0]?.there) return
  await query(`CREATE TABLE ${name} (LIKE readings INCLUDING ALL) WITH (${UPKEEP})`)
  await query(`ALTER TABLE readings ATTACH PARTITION ${name} FOR VALUES FROM ('${from}') TO ('${to}')`)
}

async function listWeeks(database: Database): Promise<number[]> {
  const { rows } = await database.query<{ day: string }>(
    `SELECT substring(child.relname FROM '^readings_([0-9]{8})$') AS day
     FROM pg_inherits JOIN pg_class child ON child.oid = inhrelid
     WHERE inhparent = 'readings'::regclass AND child.relname ~ '^readings_[0-9]{8}$' ORDER BY day`,
  )
  return rows.map(({ day }) => weekOf(Date.parse(day.replace(/^(....)(..)(..)$/, '$1-$2-$3'))))
}

/** Dropping locks the whole table for a moment; readers that take long must not be waited for with everybody behind. */
export async function dropUnlessInUse(
  { database, log }: { database: Database; log: Logger },
  partition: string,
  drop: (query: Query) => Promise<void>,
): Promise<boolean> {
  try {
    await database.transaction(async (query) => {
      await query(`SET LOCAL lock_timeout = ${DROP_LOCK_MS}`)
      await drop(query)
    })
    return true
  } catch (error) {
    if (!(error instanceof StoreUnavailable) || !isLockTimeout(error.cause)) throw error
    log.warn({ partition }, 'an old partition is in use: it is dropped the next time')
    return false
  }
}

function isLockTimeout(cause: unknown): boolean {
  return (cause as { code?: unknown } | undefined)?.code === '55P03'
}
