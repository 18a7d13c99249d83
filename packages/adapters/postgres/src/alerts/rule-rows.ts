import { isDeepStrictEqual } from 'node:util'
import type { AlertRule, AlertRuleRequest } from '@iot/contracts'
import { searchable } from '../conditions.js'
import type { Query } from '../database.js'

export interface RuleRecord {
  id: string
  revision: number
  source: AlertRule['source']
  definition: string
  created_at: number
  updated_at: number
  updated_by: string | null
}

/** The columns of the rule `r`. */
export const RULE = 'r.id, r.revision, r.source, r.definition, r.created_at, r.updated_at, r.updated_by'

export async function findRule(query: Query, ruleId: string): Promise<AlertRule | undefined> {
  const { rows } = await query<RuleRecord>(`SELECT ${RULE} FROM alert_rules r WHERE id = $1`, [ruleId])
  return rows[0] && toRule(rows[0])
}

export async function countRules(query: Query): Promise<number> {
  const { rows } = await query<{ count: number }>('SELECT count(*)::int AS count FROM alert_rules')
  return rows[0]!.count
}

export async function putRule(
  query: Query,
  id: string,
  rule: AlertRuleRequest,
  source: AlertRule['source'],
  by: string,
): Promise<AlertRule> {
  const [put] = await putRules(query, new Map([[id, rule]]), source, by)
  return put!
}

async function putRules(
  query: Query,
  rules: ReadonlyMap<string, AlertRuleRequest>,
  source: AlertRule['source'],
  by: string | undefined,
): Promise<AlertRule[]> {
  const given = [...rules]
  const { rows } = await query<RuleRecord>(
    `INSERT INTO alert_rules AS r
       (id, source, device_id, site, words, definition, updated_by, revision, created_at, updated_at)
     SELECT id, $5, device_id, site, words, definition, $6, 1, now(), now()
     FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $7::text[]) AS i (id, device_id, site, words, definition)
     ON CONFLICT (id) DO UPDATE SET revision = r.revision + 1, device_id = excluded.device_id, site = excluded.site,
       words = excluded.words, definition = excluded.definition, updated_at = excluded.updated_at,
       updated_by = excluded.updated_by
     RETURNING ${RULE}`,
    [
      given.map(([id]) => id),
      given.map(([, { deviceId }]) => deviceId ?? null),
      given.map(([, { site }]) => site ?? null),
      given.map(([id, { name, deviceId, site, sensorType }]) =>
        searchable([name, id, deviceId, site, sensorType]),
      ),
      source,
      by ?? null,
      given.map(([, rule]) => JSON.stringify(whole(rule))),
    ],
  )
  return rows.map(toRule)
}

export async function syncRuleFiles(
  query: Query,
  wanted: ReadonlyMap<string, AlertRuleRequest>,
  maxRules: number,
): Promise<{ changed: boolean; result: { refused: string[] } }> {
  const { rows } = await query<{ id: string; source: AlertRule['source']; definition: string }>(
    `SELECT id, source, definition FROM alert_rules WHERE source = 'file' OR id = ANY ($1::text[])`,
    [[...wanted.keys()]],
  )
  const before = new Map(rows.map((row) => [row.id, row]))
  const { rowCount: removed } = await query(
    `DELETE FROM alert_rules WHERE source = 'file' AND id <> ALL ($1::text[])`,
    [[...wanted.keys()]],
  )
  let free = maxRules - (await countRules(query))
  const refused: string[] = []
  const changed = new Map<string, AlertRuleRequest>()
  for (const [id, rule] of wanted) {
    const known = before.get(id)
    if (known ? known.source === 'api' : free <= 0) refused.push(id)
    else if (!known || !isDeepStrictEqual(JSON.parse(known.definition), whole(rule))) {
      changed.set(id, rule)
      if (!known) free -= 1
    }
  }
  if (changed.size > 0) await putRules(query, changed, 'file', undefined)
  return { changed: removed > 0 || changed.size > 0, result: { refused } }
}

/** With what is so without being said, as JSON gives it back. */
function whole(rule: AlertRuleRequest): AlertRuleRequest & { enabled: boolean } {
  return JSON.parse(JSON.stringify({ ...rule, enabled: rule.enabled ?? true }))
}

export function toRule(record: RuleRecord): AlertRule {
  return {
    ...(JSON.parse(record.definition) as ReturnType<typeof whole>),
    id: record.id,
    revision: record.revision,
    source: record.source,
    createdAt: new Date(record.created_at).toISOString(),
    updatedAt: new Date(record.updated_at).toISOString(),
    ...(record.updated_by !== null && { updatedBy: record.updated_by }),
  }
}
