import type { ReadingsRecord } from '@iot/contracts'
import { parseTime } from '@iot/domain'
import type { LogRecord, StoredReading } from '@iot/ports'

export interface RowWriterDeps {
  /** Stores rows; rejects when the same records shall come again. */
  write(rows: readonly StoredReading[]): Promise<void>
  /** rows of one write at most */
  readonly maxRows: number
  /** how long the first record may wait for company, ms */
  readonly lingerMs: number
}

/** After a write of a quarter of its rows company comes fast: the next one waits for a tenth of the time. */
const BUSY_SHARE = 1 / 4
const BUSY_LINGER = 1 / 10

interface Job {
  readonly records: readonly LogRecord<ReadingsRecord>[]
  /** the next reading to be taken: record, and place inside of it */
  record: number
  reading: number
  resolve(): void
  reject(error: unknown): void
}

/**
 * Gathers the batches of all partitions into large writes, one at a time. Bounded by its callers: a partition
 * has one batch here, and gets the next when that is stored.
 */
export class RowWriter {
  readonly #deps: RowWriterDeps
  #jobs: Job[] = []
  #waiting = 0
  #isBusy = false
  #isRunning = false
  #isHurried = false
  #go: () => void = () => {}

  constructor(deps: RowWriterDeps) {
    this.#deps = deps
  }

  /** Resolves when all readings of the records are stored. */
  store(records: readonly LogRecord<ReadingsRecord>[]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#jobs.push({ records, record: 0, reading: 0, resolve, reject })
      for (const { value } of records) this.#waiting += value.readings.length
      if (this.#waiting >= this.#deps.maxRows) this.#go()
      if (!this.#isRunning) void this.#run()
    })
  }

  /** Writes what waits, and from now on without lingering: the process stops. */
  hurry(): void {
    this.#isHurried = true
    this.#go()
  }

  async #run(): Promise<void> {
    this.#isRunning = true
    while (this.#jobs.length > 0) {
      if (this.#waiting < this.#deps.maxRows && !this.#isHurried) await this.#linger()
      const { rows, jobs } = this.#take()
      this.#isBusy = rows.length >= this.#deps.maxRows * BUSY_SHARE
      try {
        if (rows.length > 0) await this.#deps.write(rows)
        for (const job of jobs) if (job.record === job.records.length) job.resolve()
      } catch (error) {
        for (const job of jobs) this.#giveUp(job, error)
      }
      this.#jobs = this.#jobs.filter((job) => job.record < job.records.length)
    }
    this.#isRunning = false
  }

  #linger(): Promise<void> {
    const lingerMs = this.#deps.lingerMs * (this.#isBusy ? BUSY_LINGER : 1)
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, lingerMs)
      this.#go = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  /** The next rows, and the jobs that they come from. */
  #take(): { rows: StoredReading[]; jobs: Job[] } {
    const rows: StoredReading[] = []
    const jobs: Job[] = []
    for (const job of this.#jobs) {
      jobs.push(job)
      this.#fill(rows, job)
      if (rows.length >= this.#deps.maxRows) break
    }
    this.#waiting -= rows.length
    return { rows, jobs }
  }

  #fill(rows: StoredReading[], job: Job): void {
    for (; job.record < job.records.length; job.record++, job.reading = 0) {
      const { value } = job.records[job.record]!
      const receivedAtMs = parseTime(value.receivedAt)!
      for (; job.reading < value.readings.length; job.reading++) {
        if (rows.length >= this.#deps.maxRows) return
        rows.push(rowOf(value.deviceId, value.readings[job.reading]!, receivedAtMs))
      }
    }
  }

  /** What of a job was not taken yet is not going to be. */
  #giveUp(job: Job, error: unknown): void {
    for (let at = job.record; at < job.records.length; at++) {
      this.#waiting -= job.records[at]!.value.readings.length - (at === job.record ? job.reading : 0)
    }
    job.record = job.records.length
    job.reject(error)
  }
}

function rowOf(
  deviceId: string,
  reading: ReadingsRecord['readings'][number],
  receivedAtMs: number,
): StoredReading {
  const { sensorType, unit, value, timestamp } = reading
  const timestampMs = parseTime(timestamp)!
  const adjusted = reading.adjusted === true
  // Not spread, which takes longer than all the rest of a row.
  return unit === undefined
    ? { deviceId, sensorType, timestampMs, receivedAtMs, value, adjusted }
    : { deviceId, sensorType, unit, timestampMs, receivedAtMs, value, adjusted }
}
