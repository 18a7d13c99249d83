import type { ReadingBucket } from '@iot/contracts'

/**
 * The history of readings. Unique by (device, sensor, timestamp): writing is idempotent.
 * Every method rejects with StoreUnavailable (retriable) while the database is away, and with StoreRefused
 * (not retriable, nothing is written) for a value that it can't hold, like a name with a zero byte.
 */
export interface ReadingStore {
  /**
   * Writes rows in one transaction; devices, sensors and time partitions come into being as needed, and
   * partitions of the past too. Within a batch and against what is stored the first value under a key wins.
   * A row whose value differs from what stands under its key is counted as refused for its sensor, once per
   * different value. At most 3 SQL statements for 1 000 rows once the devices are known.
   */
  write(rows: readonly StoredReading[]): Promise<WriteOutcome>

  /** Readings of a device, oldest first, from `fromMs` (inclusive) to `toMs` (exclusive). */
  read(query: ReadingQuery): Promise<ReadingRow[]>

  /**
   * Readings reduced to buckets that start at multiples of `bucketMs` in UTC, oldest first, empty ones
   * left out; counts add up to the number of readings, the global min and max survive.
   */
  buckets(query: BucketQuery): Promise<ReadingBucket[]>

  /** Per sensor of a device: newest reading by device time. */
  latest(deviceId: string): Promise<ReadingRow[]>

  /** Drops whole time partitions older than `beforeMs`; resolves with their number. */
  dropBefore(beforeMs: number): Promise<number>
}

export interface StoredReading {
  readonly deviceId: string
  readonly sensorType: string
  readonly unit?: string
  readonly timestampMs: number
  readonly receivedAtMs: number
  readonly value: number
  readonly adjusted: boolean
}

export interface ReadingRow extends StoredReading {}

export interface WriteOutcome {
  readonly inserted: number
  /** rows that were there already, with the same value */
  readonly repeated: number
  /** rows under whose key another value stands */
  readonly refused: number
}

export interface ReadingQuery {
  readonly deviceId: string
  readonly sensorType?: string
  readonly fromMs: number
  readonly toMs: number
  /** rows at most */
  readonly limit: number
  /** go on after this row (a page's last): strictly later by (timestampMs, sensorType) */
  readonly after?: { readonly timestampMs: number; readonly sensorType: string }
  /** `newest`: the newest `limit` rows of the range (still answered oldest first) */
  readonly pick?: 'oldest' | 'newest'
}

export interface BucketQuery {
  readonly deviceId: string
  readonly sensorType?: string
  readonly fromMs: number
  readonly toMs: number
  readonly bucketMs: number
  /** buckets at most, over all sensors; beyond it the call rejects with RangeTooLarge */
  readonly limit: number
}

export class StoreUnavailable extends Error {
  readonly code = 'STORE_UNAVAILABLE'
  readonly retriable = true
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.name = 'StoreUnavailable'
  }
}

export class StoreRefused extends Error {
  readonly code = 'STORE_REFUSED'
  readonly retriable = false
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.name = 'StoreRefused'
  }
}

export class RangeTooLarge extends Error {
  readonly code = 'RANGE_TOO_LARGE'
  readonly retriable = false
  constructor(message: string) {
    super(message)
    this.name = 'RangeTooLarge'
  }
}
