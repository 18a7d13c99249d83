import type { DeadLetter, DeadLetterRecord } from '@iot/contracts'
import type { DeadLetterStore } from '@iot/ports'
import type { Database } from './database.js'

interface LetterRecord {
  id: string
  state: DeadLetter['state']
  record: string
}

export function createPostgresDeadLetterStore(deps: { database: Database }): DeadLetterStore {
  const { database } = deps
  return {
    async write(letters) {
      await database.query(
        `INSERT INTO dead_letters (id, received_at, record)
         SELECT * FROM unnest($1::text[], $2::timestamptz[], $3::text[]) ON CONFLICT (id) DO NOTHING`,
        [
          letters.map(({ epoch, partition, offset }) => `${epoch}:${partition}:${offset}`),
          letters.map(({ record }) => record.receivedAt),
          letters.map(({ record }) => JSON.stringify(record)),
        ],
      )
    },
    async list({ limit, before, state }) {
      const { rows } = await database.query<LetterRecord>(
        `SELECT id, state, record FROM dead_letters
         WHERE ($2::text IS NULL OR (received_at, seq) < (SELECT received_at, seq FROM dead_letters WHERE id = $2))
           AND ($3::text IS NULL OR state = $3)
         ORDER BY received_at DESC, seq DESC LIMIT $1`,
        [limit, before ?? null, state ?? null],
      )
      return rows.map(toLetter)
    },
    async get(id) {
      const { rows } = await database.query<LetterRecord>(
        'SELECT id, state, record FROM dead_letters WHERE id = $1',
        [id],
      )
      return rows[0] && toLetter(rows[0])
    },
    async count(state) {
      const { rows } = await database.query<{ count: number }>(
        'SELECT count(*)::int AS count FROM dead_letters WHERE state = $1',
        [state],
      )
      return rows[0]!.count
    },
    async prune({ keep, keepBytes }) {
      // The length of a text is known without reading it.
      const { rowCount } = await database.query(
        `DELETE FROM dead_letters WHERE (received_at, seq) <= (
           SELECT received_at, seq FROM (
             SELECT received_at, seq, row_number() OVER newest AS letters,
               sum(octet_length(record)) OVER newest AS bytes
             FROM dead_letters
             WINDOW newest AS (ORDER BY received_at DESC, seq DESC ROWS UNBOUNDED PRECEDING)
           ) AS counted
           WHERE letters > $1 OR bytes > $2 ORDER BY received_at DESC, seq DESC LIMIT 1)`,
        [keep, keepBytes],
      )
      return rowCount
    },
  }
}

function toLetter({ id, state, record }: LetterRecord): DeadLetter {
  return { id, ...(JSON.parse(record) as DeadLetterRecord), state }
}
