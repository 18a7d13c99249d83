import { LogError } from '@iot/ports'
import type { Database } from '../database.js'
import type { LineBuffer } from './line-buffer.js'
import { fenced, type LogOwnership } from './log-ownership.js'
import type { Segment } from './log-tail.js'

const APPEND = 'SELECT log_append($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)'

/** What `log_append` raises. */
const TAKEN = 'LF001'
const ELSEWHERE = 'LF002'

export interface WrittenSegment extends Segment {
  /** the records as they are stored */
  readonly lines: LineBuffer
}

/** Writes segments, one statement for all of them, and finds out what became of one whose answer was lost. */
export class LogWriter {
  readonly #database: Database
  readonly #ownership: LogOwnership
  #inDoubt: readonly Segment[] | undefined

  constructor(deps: { database: Database; ownership: LogOwnership }) {
    this.#database = deps.database
    this.#ownership = deps.ownership
  }

  /**
   * Resolves when the segments are durable, with their bytes. Rejects with `LOG_FENCED`, or with what the database said:
   * then they are in doubt, and `settle` comes before anything else is written.
   */
  async append(segments: readonly WrittenSegment[]): Promise<number> {
    const payloads = segments.map(({ lines }) => lines.bytes())
    const starts: number[] = []
    let length = 0
    for (const payload of payloads) {
      starts.push(length + 1)
      length += payload.length
    }
    this.#inDoubt = segments
    try {
      await this.#database.query(
        APPEND,
        [
          this.#ownership.owner,
          this.#ownership.turn,
          segments.map(({ state }) => state.topic),
          segments.map(({ state }) => state.partition),
          segments.map(({ base }) => base),
          segments.map(({ records }) => records.length),
          segments.map(({ records }) => records.at(-1)!.timestampMs),
          starts,
          payloads.map((payload) => payload.length),
          Buffer.concat(payloads, length),
        ],
        { name: 'log_append' },
      )
    } catch (error) {
      throw refusalOf(error) ?? error
    }
    this.#inDoubt = undefined
    return length
  }

  /** What became of the segments in doubt; undefined where there are none. */
  async settle(): Promise<{ segments: readonly Segment[]; written: boolean } | undefined> {
    const segments = this.#inDoubt
    if (!segments) return undefined
    await this.#ownership.renew()
    const { rows } = await this.#database.query<{ topic: string; partition: number; next_offset: number }>(
      'SELECT topic, partition, next_offset FROM log_partition',
    )
    const ends = new Map(rows.map((row) => [`${row.topic}/${row.partition}`, row.next_offset]))
    const grown = segments.map(
      ({ state, base }) => (ends.get(`${state.topic}/${state.partition}`) ?? base) - base,
    )
    const written = segments.every(({ records }, at) => grown[at] === records.length)
    if (!written && grown.some((count) => count !== 0)) {
      throw new LogError('LOG_FENCED', 'the log was changed by somebody else while this process had it')
    }
    this.#inDoubt = undefined
    return { segments, written }
  }
}

function refusalOf(error: unknown): LogError | undefined {
  const code = (error as { code?: unknown }).code
  return code === TAKEN || code === ELSEWHERE ? fenced(error) : undefined
}
