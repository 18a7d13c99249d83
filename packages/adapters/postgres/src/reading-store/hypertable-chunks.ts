import type { Logger } from '@iot/runtime'
import type { Database } from '../database.js'
import { dropUnlessInUse, type TimePartitions } from './time-partitions.js'

interface Chunk {
  readonly name: string
  readonly from_ms: number
  readonly to_ms: number
}

/** The chunks of a hypertable: TimescaleDB makes them by itself, also those of the past. */
export function createHypertableChunks(deps: { database: Database; log: Logger }): TimePartitions {
  const { database, log } = deps
  return {
    async ensure() {},
    forget() {},
    async dropBefore(beforeMs) {
      let dropped = 0
      // One by one: a chunk that somebody reads holds up no other.
      for (const { name, from_ms, to_ms } of await listChunks(database, beforeMs)) {
        const wasDropped = await dropUnlessInUse({ database, log }, name, async (query) => {
          await query(
            `SELECT drop_chunks('readings', newer_than => to_timestamp($1::float8 / 1000),
               older_than => to_timestamp($2::float8 / 1000))`,
            [from_ms, to_ms],
          )
        })
        if (wasDropped) dropped += 1
      }
      return dropped
    },
  }
}

async function listChunks(database: Database, beforeMs: number): Promise<Chunk[]> {
  const { rows } = await database.query<Chunk>(
    `SELECT chunk_name AS name, extract(epoch FROM range_start)::float8 * 1000 AS from_ms,
       extract(epoch FROM range_end)::float8 * 1000 AS to_ms
     FROM timescaledb_information.chunks
     WHERE hypertable_schema = current_schema() AND hypertable_name = 'readings'
       AND range_end <= to_timestamp($1::float8 / 1000)
     ORDER BY range_start`,
    [beforeMs],
  )
  return rows
}
