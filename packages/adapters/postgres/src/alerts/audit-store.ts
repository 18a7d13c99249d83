import type { AuditEntry } from '@iot/contracts'
import type { AuditStore, NewAuditEntry } from '@iot/ports'
import { hasZeroByte, startConditions } from '../conditions.js'
import type { Database, Query } from '../database.js'

interface AuditRecord {
  id: number
  at: number
  actor: string | null
  action: string
  target_type: string
  target_id: string
  detail: string | null
}

/** Entries of one statement that deletes. */
const DROP_AT_ONCE = 10_000

export function createPostgresAuditStore(deps: { database: Database }): AuditStore {
  const { database } = deps
  return {
    add: (entries) => addAuditEntries(database.query, entries),
    async list({ limit, before, actor, action, targetType, targetId, fromMs, toMs }) {
      if (hasZeroByte(before, actor, action, targetType, targetId)) return []
      const conditions = startConditions([limit])
      conditions.add(before, (p) => `id < ${p}::bigint`)
      conditions.add(actor, (p) => `actor = ${p}`)
      conditions.add(action, (p) => `area = split_part(${p}, '.', 1) AND (action = ${p} OR area = ${p})`)
      conditions.add(targetType, (p) => `target_type = ${p}`)
      conditions.add(targetId, (p) => `target_id = ${p}`)
      conditions.add(fromMs, (p) => `at >= to_timestamp(${p}::float8 / 1000)`)
      conditions.add(toMs, (p) => `at < to_timestamp(${p}::float8 / 1000)`)
      const { rows } = await database.query<AuditRecord>(
        `SELECT id, at, actor, action, target_type, target_id, detail FROM audit_log ${conditions.where()}
         ORDER BY id DESC LIMIT $1`,
        conditions.values,
      )
      return rows.map(toEntry)
    },
    async dropBefore(beforeMs) {
      for (let dropped = 0; ; ) {
        const { rowCount } = await database.query(
          `DELETE FROM audit_log WHERE id IN (
             SELECT id FROM audit_log WHERE at < to_timestamp($1::float8 / 1000) ORDER BY at LIMIT $2)`,
          [beforeMs, DROP_AT_ONCE],
        )
        dropped += rowCount
        if (rowCount < DROP_AT_ONCE) return dropped
      }
    },
  }
}

/** Also inside of a transaction of another store. */
export async function addAuditEntries(query: Query, entries: readonly NewAuditEntry[]): Promise<void> {
  if (entries.length === 0) return
  await query(
    `INSERT INTO audit_log (at, actor, action, area, target_type, target_id, detail)
     SELECT coalesce(at, clock_timestamp()), actor, action, split_part(action, '.', 1), target_type, target_id, detail
     FROM unnest($1::timestamptz[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
       WITH ORDINALITY AS given (at, actor, action, target_type, target_id, detail, place)
     ORDER BY place`,
    [
      entries.map(({ timestampMs: ms }) => (ms === undefined ? null : new Date(ms).toISOString())),
      entries.map(({ actor }) => actor ?? null),
      entries.map(({ action }) => action),
      entries.map(({ target }) => target.type),
      entries.map(({ target }) => target.id),
      entries.map(({ detail }) => (detail === undefined ? null : JSON.stringify(detail))),
    ],
    { name: 'add-audit-entries' },
  )
}

function toEntry({ id, at, actor, action, target_type, target_id, detail }: AuditRecord): AuditEntry {
  return {
    id: String(id),
    timestamp: new Date(at).toISOString(),
    ...(actor !== null && { actor }),
    action,
    target: { type: target_type, id: target_id },
    ...(detail !== null && { detail: JSON.parse(detail) }),
  }
}
