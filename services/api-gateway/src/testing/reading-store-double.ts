import { type ReadingBucket } from '@iot/contracts'
import { RangeTooLarge, type ReadingRow, type ReadingStore, type StoredReading } from '@iot/ports'

/** A reading store that holds what a test writes; unique and in order, like the real ones. */
export function createReadingStoreDouble(): ReadingStore {
  const rows: ReadingRow[] = []

  function select(query: { deviceId: string; sensorType?: string; fromMs: number; toMs: number }) {
    return rows.filter(
      (row) =>
        row.deviceId === query.deviceId &&
        (query.sensorType === undefined || row.sensorType === query.sensorType) &&
        row.timestampMs >= query.fromMs &&
        row.timestampMs < query.toMs,
    )
  }

  return {
    async write(written) {
      for (const row of written) if (!rows.some((one) => compare(one, row) === 0)) rows.push(row)
      rows.sort(compare)
      return { inserted: written.length, repeated: 0, refused: 0 }
    },
    async read(query) {
      const { after } = query
      const found = select(query).filter(
        (row) => !after || compare(row, { ...after, deviceId: row.deviceId }) > 0,
      )
      return query.pick === 'newest' ? found.slice(-query.limit) : found.slice(0, query.limit)
    },
    async buckets(query) {
      const buckets = new Map<string, ReadingBucket & { sum: number }>()
      for (const { sensorType, timestampMs, value } of select(query)) {
        const timestamp = new Date(Math.floor(timestampMs / query.bucketMs) * query.bucketMs).toISOString()
        const key = `${timestamp} ${sensorType}`
        const known = buckets.get(key)
        const { count, min, max, sum } = known ?? { count: 0, min: value, max: value, sum: 0 }
        buckets.set(key, {
          sensorType,
          timestamp,
          count: count + 1,
          min: Math.min(min, value),
          max: Math.max(max, value),
          avg: (sum + value) / (count + 1),
          last: value,
          sum: sum + value,
        })
      }
      if (buckets.size > query.limit) throw new RangeTooLarge(`more than ${query.limit} buckets`)
      return [...buckets.values()].map(({ sum, ...bucket }) => bucket)
    },
    async latest(deviceId) {
      const newest = new Map<string, ReadingRow>()
      for (const row of rows) if (row.deviceId === deviceId) newest.set(row.sensorType, row)
      return [...newest.values()]
    },
    dropBefore: async () => 0,
  }
}

type Key = Pick<StoredReading, 'deviceId' | 'sensorType' | 'timestampMs'>

function compare(a: Key, b: Key): number {
  return (
    a.deviceId.localeCompare(b.deviceId) ||
    a.timestampMs - b.timestampMs ||
    (a.sensorType < b.sensorType ? -1 : a.sensorType > b.sensorType ? 1 : 0)
  )
}
