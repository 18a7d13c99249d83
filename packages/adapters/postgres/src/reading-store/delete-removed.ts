import type { Database } from '../database.js'

/** Readings that one statement deletes: well within the statement timeout on a slow disk. */
const CHUNK = 20_000

/** Deletes what nobody can see any more: readings of removed sensors, and refused values from before. */
export async function deleteRemoved(database: Database, beforeMs: number): Promise<void> {
  await database.query('DELETE FROM refused_values WHERE ts < to_timestamp($1::float8 / 1000)', [beforeMs])
  for (;;) {
    const { rows } = await database.query<{ sensor: number }>('SELECT sensor FROM removed_sensors LIMIT 1')
    const sensor = rows[0]?.sensor
    if (sensor === undefined) return
    let deleted: number
    do {
      const { rowCount } = await database.query(
        `DELETE FROM readings WHERE sensor = $1
           AND ts = ANY (ARRAY (SELECT ts FROM readings WHERE sensor = $1 LIMIT ${CHUNK}))`,
        [sensor],
      )
      deleted = rowCount
    } while (deleted === CHUNK)
    await database.query('DELETE FROM removed_sensors WHERE sensor = $1', [sensor])
  }
}
