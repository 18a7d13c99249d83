import type { ReadingBucket } from '@iot/contracts'
import {
  type BucketQuery,
  RangeTooLarge,
  type ReadingQuery,
  type ReadingRow,
  type ReadingStore,
  type StoredReading,
  type WriteOutcome,
} from '@iot/ports'

export interface MemoryReadingStore extends ReadingStore {
  /** What the memory device store shows of a device. */
  sensorsOf(deviceId: string): { sensorType: string; unit?: string; refused: number }[]
  /** Removes a device with its readings. */
  remove(deviceId: string): void
}

interface Sensor {
  readonly sensorType: string
  unit: string | undefined
  /** by time */
  readonly readings: Map<number, StoredReading>
  /** `time value` of what was refused, each once */
  readonly refused: Set<string>
}

const WEEK_MS = 7 * 86_400_000
/** Weeks begin on Mondays; 1970 began on a Thursday. */
const FIRST_MONDAY_MS = 4 * 86_400_000

/** The history in memory, for unit tests: unbounded. */
export function createMemoryReadingStore(): MemoryReadingStore {
  const devices = new Map<string, Map<string, Sensor>>()

  function sensorFor(row: StoredReading): Sensor {
    let sensors = devices.get(row.deviceId)
    if (!sensors) {
      sensors = new Map()
      devices.set(row.deviceId, sensors)
    }
    let sensor = sensors.get(row.sensorType)
    if (!sensor) {
      sensor = { sensorType: row.sensorType, unit: row.unit, readings: new Map(), refused: new Set() }
      sensors.set(row.sensorType, sensor)
    }
    sensor.unit = row.unit ?? sensor.unit
    return sensor
  }

  function sensorsIn(deviceId: string, sensorType?: string): Sensor[] {
    return [...(devices.get(deviceId)?.values() ?? [])]
      .filter((sensor) => sensorType === undefined || sensor.sensorType === sensorType)
      .sort((a, b) => compareText(a.sensorType, b.sensorType))
  }

  /** In the range, by time and then by sensor. */
  function rowsIn(query: {
    deviceId: string
    sensorType?: string
    fromMs: number
    toMs: number
  }): ReadingRow[] {
    return sensorsIn(query.deviceId, query.sensorType)
      .flatMap((sensor) => [...sensor.readings.values()].map((reading) => toRow(sensor, reading)))
      .filter(({ timestampMs }) => timestampMs >= query.fromMs && timestampMs < query.toMs)
      .sort(compareRows)
  }

  return {
    async write(rows) {
      const outcome = { inserted: 0, repeated: 0, refused: 0 }
      for (const row of rows) outcome[put(sensorFor(row), row)] += 1
      return outcome
    },
    async read(query) {
      const rows = rowsIn(query).filter((row) => !query.after || compareRows(row, query.after) > 0)
      return query.pick === 'newest' ? rows.slice(-query.limit) : rows.slice(0, query.limit)
    },
    async buckets(query) {
      return toBuckets(rowsIn(query), query)
    },
    async latest(deviceId) {
      return sensorsIn(deviceId).flatMap((sensor) => {
        if (sensor.readings.size === 0) return []
        const newest = Math.max(...sensor.readings.keys())
        return [toRow(sensor, sensor.readings.get(newest)!)]
      })
    },
    async dropBefore(beforeMs) {
      const dropped = new Set<number>()
      for (const sensors of devices.values()) {
        for (const { readings } of sensors.values()) {
          for (const ms of readings.keys()) {
            const week = Math.floor((ms - FIRST_MONDAY_MS) / WEEK_MS)
            if ((week + 1) * WEEK_MS + FIRST_MONDAY_MS > beforeMs) continue
            readings.delete(ms)
            dropped.add(week)
          }
        }
      }
      return dropped.size
    },
    sensorsOf: (deviceId) =>
      sensorsIn(deviceId).map(({ sensorType, unit, refused }) => ({
        sensorType,
        ...(unit !== undefined && { unit }),
        refused: refused.size,
      })),
    remove: (deviceId) => void devices.delete(deviceId),
  }
}

function put(sensor: Sensor, row: StoredReading): keyof WriteOutcome {
  const stored = sensor.readings.get(row.timestampMs)
  if (!stored) {
    sensor.readings.set(row.timestampMs, row)
    return 'inserted'
  }
  if (stored.value === row.value) return 'repeated'
  sensor.refused.add(`${row.timestampMs} ${row.value}`)
  return 'refused'
}

function toRow(sensor: Sensor, reading: StoredReading): ReadingRow {
  const { unit: _, ...rest } = reading
  return { ...rest, ...(sensor.unit !== undefined && { unit: sensor.unit }) }
}

function toBuckets(rows: readonly ReadingRow[], query: BucketQuery): ReadingBucket[] {
  const buckets = new Map<string, ReadingRow[]>()
  for (const row of rows) {
    const start = Math.floor(row.timestampMs / query.bucketMs) * query.bucketMs
    const key = `${start} ${row.sensorType}`
    const bucket = buckets.get(key)
    if (bucket) bucket.push(row)
    else buckets.set(key, [row])
  }
  if (buckets.size > query.limit) {
    throw new RangeTooLarge(`The range holds more than ${query.limit} buckets of ${query.bucketMs} ms`)
  }
  return [...buckets.values()]
    .map((members) => reduce(members, query.bucketMs))
    .sort(
      (a, b) => Date.parse(a.timestamp) - Date.parse(b.timestamp) || compareText(a.sensorType, b.sensorType),
    )
}

/** `members` are of one sensor, oldest first. */
function reduce(members: readonly ReadingRow[], bucketMs: number): ReadingBucket {
  const first = members[0]!
  const values = members.map(({ value }) => value)
  const [min, max] = [Math.min(...values), Math.max(...values)]
  // Scaled by a power of two, which is exact, a sum can’t overflow.
  const average = values.reduce((sum, value) => sum + value * 2 ** -64, 0) / values.length / 2 ** -64
  return {
    sensorType: first.sensorType,
    timestamp: new Date(Math.floor(first.timestampMs / bucketMs) * bucketMs).toISOString(),
    count: members.length,
    min,
    max,
    avg: Math.min(max, Math.max(min, average)),
    last: values.at(-1)!,
  }
}

type Place = Pick<ReadingQuery['after'] & object, 'timestampMs' | 'sensorType'>

function compareRows(a: Place, b: Place): number {
  return a.timestampMs - b.timestampMs || compareText(a.sensorType, b.sensorType)
}

/** By bytes of UTF-8, as the database sorts. */
function compareText(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}
