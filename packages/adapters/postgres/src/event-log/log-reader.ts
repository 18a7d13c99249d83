import type { LogRecord } from '@iot/ports'
import type { Database } from '../database.js'
import type { PartitionState } from './topic-registry.js'

/** Rows that one statement looks at. A row holds what was appended within one window: often a single record. */
const ROWS_PER_READ = 256

/** Whole rows from the one that holds the offset on, until they are over the bytes; at least one. */
const READ = `
  SELECT base, convert_from(records, 'UTF8') AS lines FROM (
    SELECT base, records, sum(byte_count) OVER (ORDER BY base) - byte_count AS before FROM (
      SELECT base, records, byte_count FROM log_batch
      WHERE topic = $1 AND partition = $2 AND base >= coalesce(
        (SELECT max(base) FROM log_batch WHERE topic = $1 AND partition = $2 AND base <= $3), 0)
      ORDER BY base LIMIT ${ROWS_PER_READ}
    ) AS candidates
  ) AS sized
  WHERE before <= $4 ORDER BY base`

/** Reads what the tail does not hold any more, from the table. Bounded by the caller and by rows. */
export async function readOldRecords(
  database: Database,
  state: PartitionState,
  fromOffset: number,
  bounds: { maxRecords: number; maxBytes: number },
): Promise<LogRecord[]> {
  const { rows } = await database.query<{ base: number; lines: string }>(
    READ,
    [state.topic, state.partition, fromOffset, bounds.maxBytes],
    { name: 'log_read' },
  )
  const records: LogRecord[] = []
  let bytes = 0
  for (const { base, lines } of rows) {
    let offset = base
    for (let at = 0; at < lines.length; offset++) {
      const lineEnd = lines.indexOf('\n', at)
      const line = at
      at = lineEnd + 1
      if (offset < fromOffset) continue
      // Written, but this process has not seen its commit yet: not there for anyone.
      if (offset >= state.end) return records
      bytes += lineEnd - line
      if (records.length > 0 && (records.length >= bounds.maxRecords || bytes > bounds.maxBytes))
        return records
      records.push(parseLine(state, offset, lines.slice(line, lineEnd)))
    }
  }
  return records
}

function parseLine(state: PartitionState, offset: number, line: string): LogRecord {
  const keyAt = line.indexOf('\t') + 1
  const valueAt = line.indexOf('\t', keyAt) + 1
  return {
    topic: state.topic,
    partition: state.partition,
    offset,
    key: JSON.parse(line.slice(keyAt, valueAt - 1)) as string,
    timestampMs: Number(line.slice(0, keyAt - 1)),
    value: JSON.parse(line.slice(valueAt)) as unknown,
  }
}
