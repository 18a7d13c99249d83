import type { LogRecord } from '@iot/ports'
import type { Place } from './kafka-cluster.js'
import type { SizedRecord } from './records.js'

/** Fetched ahead for one topic and partition; at this much, nothing more is asked for. */
const MAX_BYTES = 1024 * 1024
const MAX_RECORDS = 2_000

interface Bounds {
  readonly maxRecords: number
  readonly maxBytes: number
}

interface Reader {
  readonly bounds: Bounds
  resolve(records: readonly LogRecord[]): void
  reject(error: Error): void
}

/** Records of one topic and partition that were fetched ahead of their one reader. */
export class PlaceBuffer {
  readonly place: Place
  /** the topic's own name, without a prefix */
  readonly name: string
  start: number
  end: number
  /** what is to be fetched next */
  nextOffset: number
  /** offset from which the buffered records are all there are */
  #base: number
  #records: SizedRecord[] = []
  #bytes = 0
  #reader: Reader | undefined

  constructor(options: { place: Place; name: string; start: number; end: number }) {
    this.place = options.place
    this.name = options.name
    this.start = options.start
    this.end = options.end
    this.nextOffset = options.end
    this.#base = options.end
  }

  get hasRoom(): boolean {
    return this.#bytes < MAX_BYTES && this.#records.length < MAX_RECORDS
  }

  /** Records from an offset on: at once where they are here, else when they have been fetched. */
  take(fromOffset: number, bounds: Bounds): readonly LogRecord[] | Promise<readonly LogRecord[]> {
    if (fromOffset < this.#base || fromOffset > this.nextOffset) this.#moveTo(fromOffset)
    const records = this.#shift(fromOffset, bounds)
    if (records.length > 0) return records
    return new Promise((resolve, reject) => {
      this.#reader = { bounds, resolve, reject }
    })
  }

  /** Takes in what was fetched from an offset; true where there is something new to read. */
  put(
    fromOffset: number,
    fetched: { records: readonly SizedRecord[]; nextOffset: number },
    range: { start: number; end: number },
  ): boolean {
    this.start = Math.max(this.start, range.start)
    this.end = Math.max(this.end, range.end)
    // The reader has moved elsewhere in the meantime.
    if (fromOffset !== this.nextOffset || fetched.nextOffset === fromOffset) return false
    this.nextOffset = fetched.nextOffset
    for (const sized of fetched.records) {
      this.#records.push(sized)
      this.#bytes += sized.size
    }
    this.#serve()
    return true
  }

  /** The log no longer has what was asked for: goes on with what it has. */
  clamp(range: { start: number; end: number }): void {
    this.start = range.start
    this.end = range.end
    const next = Math.min(Math.max(this.nextOffset, range.start), range.end)
    if (next === this.nextOffset) return
    this.#moveTo(next)
    this.#reader?.reject(new Error(`${this.name}/${this.place.partition} no longer has what is to be read`))
    this.#reader = undefined
  }

  close(): void {
    this.#reader?.reject(new Error('the member has left'))
    this.#reader = undefined
  }

  #serve(): void {
    const reader = this.#reader
    if (!reader || this.#records.length === 0) return
    this.#reader = undefined
    reader.resolve(this.#shift(this.#base, reader.bounds))
  }

  #shift(fromOffset: number, bounds: Bounds): LogRecord[] {
    const taken: LogRecord[] = []
    let count = 0
    let bytes = 0
    for (const { record, size } of this.#records) {
      const isOver = taken.length >= bounds.maxRecords || bytes + size > bounds.maxBytes
      if (taken.length > 0 && isOver) break
      count += 1
      this.#bytes -= size
      if (record.offset < fromOffset) continue
      taken.push(record)
      bytes += size
    }
    this.#records = this.#records.slice(count)
    const last = taken.at(-1)
    this.#base = last ? last.offset + 1 : fromOffset
    return taken
  }

  #moveTo(offset: number): void {
    this.#records = []
    this.#bytes = 0
    this.#base = offset
    this.nextOffset = offset
  }
}
