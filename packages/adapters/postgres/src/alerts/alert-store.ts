import type { Alert, AlertHistoryEntry } from '@iot/contracts'
import type { AlertActionOutcome, AlertQuery, AlertStore } from '@iot/ports'
import { type Conditions, hasZeroByte, startConditions } from '../conditions.js'
import type { Database } from '../database.js'
import { applyAlertRecords } from './apply-alert-records.js'

/** Alerts of one statement that deletes. */
const DROP_AT_ONCE = 5_000

/** The alert `a`, with its device `d`. */
const FROM = 'FROM alerts a LEFT JOIN devices d ON d.device_id = a.device_id'

/** Where it is now: its device’s site, or its own where it is about no device. */
const SITE = `CASE WHEN a.device_id IS NOT NULL THEN d.site WHEN a.type <> 'system' THEN a.site END`

export function createPostgresAlertStore(deps: { database: Database }): AlertStore {
  const { database } = deps
  return {
    apply: (records, place) => database.transaction((query) => applyAlertRecords(query, records, place)),
    async nextOffset({ epoch, partition }) {
      const { rows } = await database.query<{ next_offset: number }>(
        'SELECT next_offset FROM alert_log_places WHERE epoch = $1 AND partition = $2',
        [epoch, partition],
      )
      return rows[0]?.next_offset ?? 0
    },
    async list(query) {
      const { search, deviceId, sensorType, site, ruleId } = query
      if (hasZeroByte(search, deviceId, sensorType, site, ruleId)) return []
      const conditions = startConditions([query.limit])
      addTerms(conditions, query)
      const { rows } = await database.query<{ body: string }>(
        `SELECT a.body ${FROM} ${conditions.where()} ORDER BY a.opened_at DESC, a.alert_id DESC LIMIT $1`,
        conditions.values,
      )
      return rows.map(({ body }) => JSON.parse(body) as Alert)
    },
    async get(alertId) {
      if (hasZeroByte(alertId)) return undefined
      const { rows } = await database.query<{ body: string; entries: string[] }>(
        `SELECT body, ARRAY (SELECT entry FROM alert_transitions t WHERE t.alert_id = a.alert_id ORDER BY seq) AS entries
         FROM alerts a WHERE alert_id = $1`,
        [alertId],
      )
      return rows[0] && toDetail(rows[0])
    },
    async outcomes(actionIds) {
      const { rows } = await database.query<{ action_id: string; refusal: string | null }>(
        'SELECT action_id, refusal FROM alert_action_outcomes WHERE action_id = ANY ($1::text[])',
        [actionIds.filter((actionId) => !hasZeroByte(actionId))],
        { name: 'alert-action-outcomes' },
      )
      return new Map(rows.map(({ action_id: id, refusal }) => [id, toOutcome(refusal)]))
    },
    async countActive({ sites } = {}) {
      const conditions = startConditions()
      conditions.add(sites, (p) => `${SITE} = ANY (${p}::text[])`)
      const { rows } = await database.query<{ severity: Alert['severity']; count: number }>(
        `SELECT a.severity, count(*)::int AS count ${sites ? FROM : 'FROM alerts a'}
         ${conditions.where() || 'WHERE true'} AND a.state <> 'closed' GROUP BY a.severity`,
        conditions.values,
      )
      const counts = { warning: 0, critical: 0 }
      for (const { severity, count } of rows) counts[severity] = count
      return counts
    },
    async dropBefore(beforeMs) {
      await database.query('DELETE FROM alert_action_outcomes WHERE at < to_timestamp($1::float8 / 1000)', [
        beforeMs,
      ])
      for (let dropped = 0; ; ) {
        const { rowCount } = await database.query(
          `DELETE FROM alerts WHERE id IN (
             SELECT id FROM alerts WHERE state = 'closed' AND updated_at < to_timestamp($1::float8 / 1000)
             ORDER BY updated_at LIMIT $2)`,
          [beforeMs, DROP_AT_ONCE],
        )
        dropped += rowCount
        if (rowCount < DROP_AT_ONCE) return dropped
      }
    },
  }
}

function addTerms(conditions: Conditions, query: AlertQuery): void {
  const { after, states, search, site, sites, fromMs, toMs } = query
  const time = (p: string) => `to_timestamp(${p}::float8 / 1000)`
  if (after) {
    conditions.add(after.openedAtMs, (p) => `a.opened_at <= ${time(p)}`)
    const openedAt = time(`$${conditions.values.length}`)
    conditions.add(after.alertId, (p) => `(a.opened_at, a.alert_id) < (${openedAt}, ${p})`)
  }
  // Said twice where none is closed: the index of the active ones is used by the word of the statement alone.
  const isActive = states?.includes('closed') === false ? `a.state <> 'closed' AND ` : ''
  conditions.add(states, (p) => `${isActive}a.state = ANY (${p}::text[])`)
  conditions.add(query.severity, (p) => `a.severity = ${p}`)
  conditions.add(query.type, (p) => `a.type = ${p}`)
  conditions.add(query.deviceId, (p) => `a.device_id = ${p}`)
  conditions.add(query.sensorType, (p) => `a.sensor_type = ${p}`)
  conditions.add(query.ruleId, (p) => `a.rule_id = ${p}`)
  conditions.add(site, (p) => `${SITE} = ${p}`)
  conditions.add(sites, (p) => `${SITE} = ANY (${p}::text[])`)
  // position(), not LIKE: what a person types has no wildcards.
  conditions.add(search?.toLowerCase() || undefined, (p) => `position(${p} in a.words) > 0`)
  conditions.add(toMs, (p) => `a.opened_at < ${time(p)}`)
  conditions.add(
    fromMs,
    (p) => `(a.closed_at IS NULL OR a.closed_at > ${time(p)} OR a.opened_at >= ${time(p)})`,
  )
}

function toOutcome(refusal: string | null): AlertActionOutcome {
  return refusal === null ? { ok: true } : { ok: false, message: refusal }
}

function toDetail({ body, entries }: { body: string; entries: readonly string[] }) {
  const history = entries.map((entry) => JSON.parse(entry) as AlertHistoryEntry)
  const comments = history.flatMap(({ by = 'system', timestamp, comment: text }) =>
    text === undefined ? [] : [{ by, timestamp, text }],
  )
  return { ...(JSON.parse(body) as Alert), comments, history }
}
