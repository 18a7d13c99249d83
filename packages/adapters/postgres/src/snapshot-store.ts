import type { SnapshotStore } from '@iot/ports'
import type { Database } from './database.js'

/**
 * Snapshots in PostgreSQL. One statement compares and keeps, under the row’s lock. With the first snapshot
 * under a new epoch the owner’s from other epochs go, where they are older than a week.
 */
export function createPostgresSnapshotStore(deps: { database: Database }): SnapshotStore {
  const { database } = deps
  return {
    async load(owner, epoch, partition) {
      const { rows } = await database.query<{ offsets: Record<string, number>; state: string }>(
        'SELECT offsets, state FROM snapshots WHERE owner = $1 AND epoch = $2 AND partition = $3',
        [owner, epoch, partition],
      )
      return rows[0]
    },
    async save(owner, epoch, partition, snapshot) {
      const { rows } = await database.query<{ first: boolean }>(
        `INSERT INTO snapshots AS kept (owner, epoch, partition, offsets, state) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (owner, epoch, partition) DO UPDATE
         SET offsets = excluded.offsets, state = excluded.state, saved_at = excluded.saved_at
         WHERE NOT EXISTS (
           SELECT FROM jsonb_each(kept.offsets) AS k
           WHERE coalesce((excluded.offsets -> k.key)::bigint, -1) < k.value::bigint
         ) AND EXISTS (
           SELECT FROM jsonb_each(excluded.offsets) AS g
           WHERE g.value::bigint > coalesce((kept.offsets -> g.key)::bigint, -1)
         )
         RETURNING xmax = 0 AS first`,
        [owner, epoch, partition, JSON.stringify(snapshot.offsets), snapshot.state],
      )
      if (rows[0]?.first) {
        await database.query(
          `DELETE FROM snapshots WHERE owner = $1 AND epoch <> $2 AND saved_at < now() - interval '7 days'`,
          [owner, epoch],
        )
      }
      return rows.length > 0
    },
  }
}
