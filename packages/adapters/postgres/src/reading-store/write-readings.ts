import { type StoredReading, StoreUnavailable, type WriteOutcome } from '@iot/ports'
import type { Database } from '../database.js'
import { boolArray, float8Array, int4Array, timestamptzArray } from './binary-arrays.js'
import type { SensorIds } from './sensor-ids.js'
import type { TimePartitions } from './time-partitions.js'

interface WriteDeps {
  readonly database: Database
  readonly sensorIds: SensorIds
  readonly partitions: TimePartitions
}

/** SQLSTATE: `no partition of relation "readings" found for row` */
const NO_PARTITION = '23514'
const UNIQUE_VIOLATION = '23505'
/** A sensor is removed, or a partition dropped, by somebody else now and then: the write begins anew. */
const ATTEMPTS = 5
/** Refused values that are remembered, to count each once. */
const MAX_REFUSED_VALUES = 100_000

/** Writes after one that met a row which was there already. Where one comes, as after a crash, more do. */
const TOLERANT_WRITES = 100

/** Nothing is written when sensors were removed after their ids were learnt. */
const INSERT = `
  INSERT INTO readings (sensor, ts, value, received_at, adjusted)
  SELECT unnest($1::int[]), unnest($2::timestamptz[]), unnest($3::float8[]), unnest($4::timestamptz[]), unnest($5::bool[])
  WHERE (SELECT count FROM sensor_removals) = $6`

/** Where rows may be there already. It looks for each before it writes it, and writes it twice: half again the price. */
const INSERT_TOLERANT = `${INSERT} ON CONFLICT DO NOTHING`

/**
 * Of rows that are all stored or refused: counts those refused, per sensor once for each value. Look-ups one
 * by one (the planner might read whole partitions for a join).
 */
const SETTLE = `
  WITH given AS (
    SELECT sensor, ts, value FROM unnest($1::int[], $2::timestamptz[], $3::float8[]) AS row (sensor, ts, value)
    WHERE (SELECT count FROM sensor_removals) = $4
  ), differing AS MATERIALIZED (
    SELECT * FROM given WHERE value <> (
      SELECT value FROM readings r WHERE r.sensor = given.sensor AND r.ts = given.ts)
  ), noted AS (
    INSERT INTO refused_values (sensor, ts, value) SELECT DISTINCT sensor, ts, value FROM differing ORDER BY 1, 2, 3
    ON CONFLICT DO NOTHING RETURNING sensor
  ), counted AS (
    UPDATE sensors SET refused = refused + news.count
    FROM (SELECT sensor, count(*)::int AS count FROM noted GROUP BY sensor) AS news WHERE sensors.id = news.sensor
  )
  SELECT (SELECT count FROM sensor_removals) AS removals,
    (SELECT count(*) FROM differing) AS refused, (SELECT count(*) FROM noted) AS noted`

/**
 * Writes rows by one statement once their sensors and partitions are known; a second one only where some were
 * there already. What a retry after a crash does again, it finds done.
 */
export function createReadingWriter(
  deps: WriteDeps,
): (rows: readonly StoredReading[]) => Promise<WriteOutcome> {
  let notedSincePrune = 0
  let tolerantWrites = 0

  /** The number of rows inserted; undefined when a partition is gone and has to be made again. */
  async function insert(batch: Batch, removals: number): Promise<number | undefined> {
    if (tolerantWrites === 0) {
      try {
        return await insertAs(deps, 'insert-readings', batch, removals)
      } catch (error) {
        if (codeOf(error) !== UNIQUE_VIOLATION) throw error
        tolerantWrites = TOLERANT_WRITES
      }
    }
    tolerantWrites -= 1
    return insertAs(deps, 'insert-new-readings', batch, removals)
  }

  async function settle(batch: Batch, removals: number) {
    const { rows } = await deps.database.query<{ removals: number; refused: number; noted: number }>(
      SETTLE,
      [batch.sensors, batch.times, batch.values, removals],
      { name: 'settle-readings' },
    )
    const settled = rows[0]!
    notedSincePrune += settled.noted
    if (notedSincePrune >= MAX_REFUSED_VALUES / 10) {
      notedSincePrune = 0
      await deps.database.query(
        'DELETE FROM refused_values WHERE id <= (SELECT max(id) FROM refused_values) - $1',
        [MAX_REFUSED_VALUES],
      )
    }
    return settled
  }

  return async (rows) => {
    let total = 0
    for (let attempt = 1; attempt <= ATTEMPTS && rows.length > 0; attempt += 1) {
      const ids = await deps.sensorIds.resolve(rows)
      const removals = deps.sensorIds.removals()
      await deps.partitions.ensure(timesOf(rows))
      const batch = toBatch(rows, ids)
      const inserted = await insert(batch, removals)
      if (inserted === undefined) continue
      total = Math.min(total + inserted, rows.length)
      if (inserted === rows.length) return { inserted: total, repeated: 0, refused: 0 }
      const settled = await settle(batch, removals)
      if (settled.removals === removals) {
        return { inserted: total, repeated: rows.length - total - settled.refused, refused: settled.refused }
      }
      deps.sensorIds.forget()
    }
    if (rows.length === 0) return { inserted: 0, repeated: 0, refused: 0 }
    throw new StoreUnavailable('Sensors or partitions are removed as fast as readings come')
  }
}

interface Batch {
  readonly sensors: Buffer
  readonly times: Buffer
  readonly values: Buffer
  readonly receivedAt: Buffer
  readonly adjusted: Buffer
}

/**
 * In the order of the key, so that neighbours in the index are written together, and two writers of the same
 * rows can’t wait for each other. The sort is stable: of rows with one key the first stays the first.
 */
function toBatch(rows: readonly StoredReading[], ids: Int32Array): Batch {
  const order = Array.from(rows, (_, index) => index).sort(
    (a, b) => ids[a]! - ids[b]! || rows[a]!.timestampMs - rows[b]!.timestampMs,
  )
  const { length } = rows
  const sorted = order.map((index) => rows[index]!)
  return {
    sensors: int4Array(length, (index) => ids[order[index]!]!),
    times: timestamptzArray(length, (index) => sorted[index]!.timestampMs),
    values: float8Array(length, (index) => sorted[index]!.value),
    receivedAt: timestamptzArray(length, (index) => sorted[index]!.receivedAtMs),
    adjusted: boolArray(length, (index) => sorted[index]!.adjusted),
  }
}

const STATEMENTS = { 'insert-readings': INSERT, 'insert-new-readings': INSERT_TOLERANT } as const

async function insertAs(
  deps: WriteDeps,
  name: keyof typeof STATEMENTS,
  batch: Batch,
  removals: number,
): Promise<number | undefined> {
  try {
    const { rowCount } = await deps.database.query(
      STATEMENTS[name],
      [batch.sensors, batch.times, batch.values, batch.receivedAt, batch.adjusted, removals],
      { name },
    )
    return rowCount
  } catch (error) {
    if (codeOf(error) !== NO_PARTITION) throw error
    deps.partitions.forget()
    return undefined
  }
}

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown }).code
}

function timesOf(rows: readonly StoredReading[]): number[] {
  return rows.map(({ timestampMs }) => timestampMs)
}
