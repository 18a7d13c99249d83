import type { ReadingBucket } from '@iot/contracts'
import { type BucketQuery, RangeTooLarge, type ReadingQuery, type ReadingRow } from '@iot/ports'
import type { Database } from '../database.js'
import { storableText } from './storable-text.js'

interface ReadingRecord {
  sensor_type: string
  unit: string | null
  ts: number
  received_at: number
  value: number
  adjusted: boolean
}

const COLUMNS = 's.sensor_type, s.unit, r.ts, r.received_at, r.value, r.adjusted'

/** The sensors of a device, all or one: $1 and $2. */
const SENSORS = `
  SELECT s.id, s.sensor_type, s.unit FROM sensors s JOIN devices d ON d.id = s.device
  WHERE d.device_id = $1 AND ($2::text IS NULL OR s.sensor_type = $2)`

/** At most `limit` rows of each sensor are read, in the order of the key: a page costs what it holds. */
function readStatement(query: ReadingQuery): string {
  const direction = query.pick === 'newest' ? 'DESC' : 'ASC'
  const after = query.after
    ? 'AND r.ts >= to_timestamp($6::float8 / 1000) AND (r.ts, s.sensor_type) > (to_timestamp($6::float8 / 1000), $7)'
    : ''
  return `
    SELECT ${COLUMNS} FROM (${SENSORS}) s CROSS JOIN LATERAL (
      SELECT ts, received_at, value, adjusted FROM readings r
      WHERE r.sensor = s.id
        AND r.ts >= to_timestamp($3::float8 / 1000) AND r.ts < to_timestamp($4::float8 / 1000) ${after}
      ORDER BY ts ${direction} LIMIT $5
    ) r
    ORDER BY r.ts ${direction}, s.sensor_type ${direction} LIMIT $5`
}

export async function readReadings(database: Database, query: ReadingQuery): Promise<ReadingRow[]> {
  const values = [query.deviceId, sensorOf(query), query.fromMs, query.toMs, query.limit]
  if (query.after) values.push(query.after.timestampMs, storableText(query.after.sensorType))
  const { rows } = await database.query<ReadingRecord>(readStatement(query), values)
  const readings = rows.map((record) => toReading(query.deviceId, record))
  return query.pick === 'newest' ? readings.reverse() : readings
}

export async function readLatest(database: Database, deviceId: string): Promise<ReadingRow[]> {
  const { rows } = await database.query<ReadingRecord>(
    `SELECT ${COLUMNS} FROM (${SENSORS}) s CROSS JOIN LATERAL (
       SELECT ts, received_at, value, adjusted FROM readings r WHERE r.sensor = s.id ORDER BY ts DESC LIMIT 1
     ) r ORDER BY s.sensor_type`,
    [deviceId, null],
  )
  return rows.map((record) => toReading(deviceId, record))
}

/** Sums are made of scaled values, which is exact and can’t overflow: 1e308 is a value like any other. */
const SUM_SCALE = 2 ** -64

const BUCKETS = `
  WITH wanted AS MATERIALIZED (${SENSORS}), reduced AS (
    SELECT sensor, date_bin($5::float8 * interval '1 millisecond', ts, to_timestamp(0)) AS start,
      count(*) AS count, min(value) AS min, max(value) AS max, sum(value * ${SUM_SCALE}::float8) AS scaled_sum,
      max(ts) AS last_ts
    FROM readings
    WHERE sensor = ANY (ARRAY (SELECT id FROM wanted))
      AND ts >= to_timestamp($3::float8 / 1000) AND ts < to_timestamp($4::float8 / 1000)
    GROUP BY 1, 2
  )
  SELECT wanted.sensor_type, b.start, b.count, b.min, b.max, b.scaled_sum,
    (SELECT value FROM readings r WHERE r.sensor = b.sensor AND r.ts = b.last_ts) AS last
  FROM (SELECT * FROM reduced LIMIT $6) b JOIN wanted ON wanted.id = b.sensor
  ORDER BY b.start, wanted.sensor_type`

interface BucketRecord {
  sensor_type: string
  start: number
  count: number
  min: number
  max: number
  scaled_sum: number
  last: number
}

export async function readBuckets(database: Database, query: BucketQuery): Promise<ReadingBucket[]> {
  const { rows } = await database.query<BucketRecord>(BUCKETS, [
    query.deviceId,
    sensorOf(query),
    query.fromMs,
    query.toMs,
    query.bucketMs,
    query.limit + 1,
  ])
  if (rows.length > query.limit) {
    throw new RangeTooLarge(`The range holds more than ${query.limit} buckets of ${query.bucketMs} ms`)
  }
  return rows.map(toBucket)
}

function toBucket(record: BucketRecord): ReadingBucket {
  const average = record.scaled_sum / record.count / SUM_SCALE
  return {
    sensorType: record.sensor_type,
    timestamp: new Date(record.start).toISOString(),
    count: record.count,
    min: record.min,
    max: record.max,
    // Rounding may lead it past the values that it is the average of.
    avg: Math.min(record.max, Math.max(record.min, average)),
    last: record.last,
  }
}

function sensorOf(query: { sensorType?: string }): string | null {
  return query.sensorType === undefined ? null : storableText(query.sensorType)
}

function toReading(deviceId: string, record: ReadingRecord): ReadingRow {
  return {
    deviceId,
    sensorType: record.sensor_type,
    ...(record.unit !== null && { unit: record.unit }),
    timestampMs: record.ts,
    receivedAtMs: record.received_at,
    value: record.value,
    adjusted: record.adjusted,
  }
}
