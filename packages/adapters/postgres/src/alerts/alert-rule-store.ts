import { randomUUID } from 'node:crypto'
import type { AlertRule, MaintenanceWindow } from '@iot/contracts'
import {
  type AlertRuleQuery,
  type AlertRuleStore,
  MAX_ALERT_RULES,
  MAX_MAINTENANCE_WINDOWS,
  WINDOW_KEPT_MS,
} from '@iot/ports'
import { type Conditions, hasZeroByte, startConditions } from '../conditions.js'
import type { Database, Query } from '../database.js'
import { isUuid } from '../uuid.js'
import { countRules, findRule, putRule, RULE, type RuleRecord, syncRuleFiles, toRule } from './rule-rows.js'

interface WindowRecord {
  id: string
  device_id: string | null
  site: string | null
  begins_at: number
  ends_at: number
  reason: string | null
  created_at: number
  created_by: string
}

export function createPostgresAlertRuleStore(deps: {
  database: Database
  maxRules?: number
  maxWindows?: number
}): AlertRuleStore {
  const { database, maxRules = MAX_ALERT_RULES, maxWindows = MAX_MAINTENANCE_WINDOWS } = deps

  /** One change at a time. What `work` answers says whether it has changed anything. */
  function change<Result>(
    work: (query: Query) => Promise<{ changed: boolean; result: Result }>,
  ): Promise<Result> {
    return database.transaction(async (query) => {
      await query('SELECT FROM alert_rule_changes FOR UPDATE')
      const { changed, result } = await work(query)
      if (changed) await query('UPDATE alert_rule_changes SET count = count + 1')
      return result
    })
  }

  return {
    async list(query) {
      if (hasZeroByte(query.search, query.deviceId, query.site)) return []
      const conditions = startConditions([query.limit])
      addTerms(conditions, query)
      const { rows } = await database.query<RuleRecord>(
        `SELECT ${RULE} FROM alert_rules r LEFT JOIN devices d ON d.device_id = r.device_id
         ${conditions.where()} ORDER BY r.id LIMIT $1`,
        conditions.values,
      )
      return rows.map(toRule)
    },
    async get(ruleId) {
      if (hasZeroByte(ruleId)) return undefined
      return findRule(database.query, ruleId)
    },
    create: (rule, by) =>
      change(async (query) => {
        if ((await countRules(query)) >= maxRules) return { changed: false, result: undefined }
        return { changed: true, result: await putRule(query, randomUUID(), rule, 'api', by) }
      }),
    replace: (ruleId, rule, by, expected) =>
      change<AlertRule | 'changed' | 'missing'>(async (query) => {
        const before = hasZeroByte(ruleId) ? undefined : await findRule(query, ruleId)
        if (!before) return { changed: false, result: 'missing' }
        if (expected !== undefined && before.revision !== expected)
          return { changed: false, result: 'changed' }
        return { changed: true, result: await putRule(query, ruleId, rule, before.source, by) }
      }),
    remove: (ruleId) =>
      change(async (query) => {
        if (hasZeroByte(ruleId)) return { changed: false, result: false }
        const { rowCount } = await query('DELETE FROM alert_rules WHERE id = $1', [ruleId])
        return { changed: rowCount > 0, result: rowCount > 0 }
      }),
    syncFiles: (wanted) => change((query) => syncRuleFiles(query, wanted, maxRules)),

    async listWindows({ nowMs, limit, after }) {
      if (after !== undefined && !isUuid(after)) return []
      const { rows } = await database.query<WindowRecord>(
        `SELECT * FROM maintenance_windows
         WHERE ends_at > to_timestamp($1::float8 / 1000) AND ($3::uuid IS NULL OR id > $3) ORDER BY id LIMIT $2`,
        [nowMs, limit, after ?? null],
      )
      return rows.map(toWindow)
    },
    createWindow: ({ deviceId, site, from, to, reason }, by) =>
      change(async (query) => {
        await query(
          `DELETE FROM maintenance_windows WHERE ends_at < clock_timestamp() - $1::float8 * interval '1 ms'`,
          [WINDOW_KEPT_MS],
        )
        const { rows } = await query<WindowRecord>(
          `INSERT INTO maintenance_windows (device_id, site, begins_at, ends_at, reason, created_at, created_by)
           SELECT $2, $3, $4, $5, $6, clock_timestamp(), $7
           WHERE (SELECT count(*) FROM maintenance_windows WHERE ends_at > clock_timestamp()) < $1
           RETURNING *`,
          [maxWindows, deviceId ?? null, site ?? null, from, to, reason ?? null, by],
        )
        return { changed: rows.length > 0, result: rows[0] && toWindow(rows[0]) }
      }),
    async getWindow(windowId) {
      if (!isUuid(windowId)) return undefined
      const { rows } = await database.query<WindowRecord>('SELECT * FROM maintenance_windows WHERE id = $1', [
        windowId,
      ])
      return rows[0] && toWindow(rows[0])
    },
    removeWindow: (windowId) =>
      change(async (query) => {
        if (!isUuid(windowId)) return { changed: false, result: false }
        const { rowCount } = await query('DELETE FROM maintenance_windows WHERE id = $1', [windowId])
        return { changed: rowCount > 0, result: rowCount > 0 }
      }),
    async version() {
      const { rows } = await database.query<{ count: number }>('SELECT count FROM alert_rule_changes', [], {
        name: 'alert-rules-version',
      })
      return String(rows[0]!.count)
    },
  }
}

/** `d`: the device that a rule is about. */
function addTerms(conditions: Conditions, query: AlertRuleQuery): void {
  const isAboutAll = 'r.device_id IS NULL AND r.site IS NULL'
  const site = 'coalesce(r.site, d.site)'
  conditions.add(query.after, (p) => `r.id > ${p}`)
  conditions.add(query.site, (p) => `(${isAboutAll} OR ${site} = ${p})`)
  conditions.add(query.sites, (p) => `(${isAboutAll} OR ${site} = ANY (${p}::text[]))`)
  conditions.add(
    query.deviceId,
    (p) =>
      `(${isAboutAll} OR r.device_id = ${p} OR r.site = (SELECT site FROM devices WHERE device_id = ${p}))`,
  )
  // position(), not LIKE: what a person types has no wildcards.
  conditions.add(query.search?.toLowerCase() || undefined, (p) => `position(${p} in r.words) > 0`)
}

function toWindow(record: WindowRecord): MaintenanceWindow {
  return {
    id: record.id,
    ...(record.device_id !== null && { deviceId: record.device_id }),
    ...(record.site !== null && { site: record.site }),
    from: new Date(record.begins_at).toISOString(),
    to: new Date(record.ends_at).toISOString(),
    ...(record.reason !== null && { reason: record.reason }),
    createdAt: new Date(record.created_at).toISOString(),
    createdBy: record.created_by,
  }
}
