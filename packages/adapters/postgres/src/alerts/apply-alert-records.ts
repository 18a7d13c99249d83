import { type Alert, type AlertRecord, type AlertTransitionRecord, alertSlot } from '@iot/contracts'
import { type AlertChanges, type AlertLogPlace, type AlertsBefore, alertChanges } from '@iot/ports'
import { searchable } from '../conditions.js'
import type { Query } from '../database.js'
import { addAuditEntries } from './audit-store.js'

/** Of all processes: whoever works records in without saying where they stand takes turns. */
const TURN = `SELECT pg_advisory_xact_lock(hashtext('alerts'))`

/** Works records in, inside of a transaction: what there is, what they make of it, and a statement for each table. */
export async function applyAlertRecords(
  query: Query,
  all: readonly AlertRecord[],
  place: AlertLogPlace | undefined,
): Promise<void> {
  if (all.length === 0) return
  let records = all
  if (place) {
    const next = await lockPlace(query, place)
    records = all.filter((_, at) => place.offsets[at]! >= next)
  } else await query(TURN)
  if (records.length === 0) return
  const changes = alertChanges(records, await findBefore(query, records))
  await write(query, changes)
  if (place) await movePlace(query, place)
}

/** Whoever works in the same partition waits until this transaction ends. */
async function lockPlace(query: Query, { epoch, partition }: AlertLogPlace): Promise<number> {
  const { rows } = await query<{ next_offset: number }>(
    `INSERT INTO alert_log_places AS p (epoch, partition, next_offset) VALUES ($1, $2, 0)
     ON CONFLICT (epoch, partition) DO UPDATE SET next_offset = p.next_offset RETURNING next_offset`,
    [epoch, partition],
    { name: 'lock-alert-log-place' },
  )
  return rows[0]!.next_offset
}

async function movePlace(query: Query, { epoch, partition, offsets }: AlertLogPlace): Promise<void> {
  await query(
    'UPDATE alert_log_places SET next_offset = $3 WHERE epoch = $1 AND partition = $2',
    [epoch, partition, offsets.at(-1)! + 1],
    { name: 'move-alert-log-place' },
  )
}

async function findBefore(query: Query, records: readonly AlertRecord[]): Promise<AlertsBefore> {
  const alertIds = new Set<string>()
  const openings = new Map<string, AlertTransitionRecord>()
  const actionIds = new Set<string>()
  for (const record of records) {
    if (record.kind === 'refused') actionIds.add(record.actionId)
    else alertIds.add(record.alert.alertId)
    if (record.kind === 'transition' && record.transition === 'opened') {
      const { alert, key } = record
      openings.set(alertSlot(alert.ruleId, key, alert.sensorType), record)
    }
  }
  return {
    alerts: await findAlerts(query, [...alertIds]),
    newest: await findNewest(query, [...openings.values()]),
    answered: await findAnswered(query, [...actionIds]),
  }
}

async function findAlerts(query: Query, alertIds: string[]): Promise<Map<string, Alert>> {
  const { rows } = await query<{ body: string }>(
    'SELECT body FROM alerts WHERE alert_id = ANY ($1::text[])',
    [alertIds],
    { name: 'find-alerts' },
  )
  const alerts = rows.map(({ body }) => JSON.parse(body) as Alert)
  return new Map(alerts.map((alert) => [alert.alertId, alert]))
}

/** The newest alert of each slot that something opens in, closed or not. */
async function findNewest(
  query: Query,
  openings: readonly AlertTransitionRecord[],
): Promise<Map<string, Alert>> {
  if (openings.length === 0) return new Map()
  const { rows } = await query<{ key: string; body: string }>(
    `SELECT slot.key, newest.body
     FROM unnest($1::text[], $2::text[], $3::text[]) AS slot (rule, key, sensor) CROSS JOIN LATERAL (
       SELECT body FROM alerts a
       WHERE coalesce(a.rule_id, 'system') = slot.rule AND a.key = slot.key
         AND coalesce(a.sensor_type, '') = slot.sensor
       ORDER BY a.id DESC LIMIT 1) AS newest`,
    [
      openings.map(({ alert }) => alert.ruleId ?? 'system'),
      openings.map(({ key }) => key),
      openings.map(({ alert }) => alert.sensorType ?? ''),
    ],
    { name: 'find-newest-alerts' },
  )
  return new Map(
    rows.map(({ key, body }) => {
      const alert = JSON.parse(body) as Alert
      return [alertSlot(alert.ruleId, key, alert.sensorType), alert]
    }),
  )
}

async function findAnswered(query: Query, actionIds: string[]): Promise<Set<string>> {
  if (actionIds.length === 0) return new Set()
  const { rows } = await query<{ action_id: string }>(
    'SELECT action_id FROM alert_action_outcomes WHERE action_id = ANY ($1::text[])',
    [actionIds],
  )
  return new Set(rows.map((row) => row.action_id))
}

async function write(query: Query, changes: AlertChanges): Promise<void> {
  const { opened, alerts, history, outcomes, audit } = changes
  const changed = [...alerts.values()].filter(({ alertId }) => !opened.has(alertId))
  // The closed make room before the new ones take it.
  if (changed.length > 0) await update(query, changed)
  if (opened.size > 0) await insert(query, opened, alerts)
  if (history.length > 0) {
    await query(
      `INSERT INTO alert_transitions (alert_id, seq, entry) SELECT * FROM unnest($1::text[], $2::int[], $3::text[])`,
      [
        history.map(({ alertId }) => alertId),
        history.map(({ entry }) => entry.seq),
        history.map(({ entry }) => JSON.stringify(entry)),
      ],
      { name: 'add-alert-transitions' },
    )
  }
  await addAuditEntries(query, audit)
  if (outcomes.size > 0) await answer(query, outcomes)
}

async function update(query: Query, alerts: readonly Alert[]): Promise<void> {
  await query(
    `UPDATE alerts AS a SET severity = u.severity, state = u.state, closed_at = u.closed_at,
       updated_at = u.updated_at, words = u.words, body = u.body
     FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::timestamptz[], $6::text[], $7::text[])
       AS u (alert_id, severity, state, closed_at, updated_at, words, body)
     WHERE a.alert_id = u.alert_id`,
    [alerts.map(({ alertId }) => alertId), ...changing(alerts)],
    { name: 'update-alerts' },
  )
}

async function insert(
  query: Query,
  opened: AlertChanges['opened'],
  all: AlertChanges['alerts'],
): Promise<void> {
  const alerts = [...opened.keys()].map((alertId) => all.get(alertId)!)
  await query(
    `INSERT INTO alerts (alert_id, severity, state, closed_at, updated_at, words, body,
       rule_id, key, sensor_type, type, device_id, site, opened_at)
     SELECT alert_id, severity, state, closed_at, updated_at, words, body,
       rule_id, key, sensor_type, type, device_id, site, opened_at
     FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::timestamptz[], $6::text[], $7::text[],
       $8::text[], $9::text[], $10::text[], $11::text[], $12::text[], $13::text[], $14::timestamptz[])
       WITH ORDINALITY AS i (alert_id, severity, state, closed_at, updated_at, words, body,
         rule_id, key, sensor_type, type, device_id, site, opened_at, place)
     ORDER BY place`,
    [
      [...opened.keys()],
      ...changing(alerts),
      alerts.map(({ ruleId }) => ruleId ?? null),
      [...opened.values()],
      alerts.map(({ sensorType }) => sensorType ?? null),
      alerts.map(({ type }) => type),
      alerts.map(({ deviceId }) => deviceId ?? null),
      alerts.map(({ site }) => site ?? null),
      alerts.map(({ openedAt }) => openedAt),
    ],
    { name: 'insert-alerts' },
  )
}

/** The columns that a transition may change. */
function changing(alerts: readonly Alert[]): unknown[][] {
  return [
    alerts.map(({ severity }) => severity),
    alerts.map(({ state }) => state),
    alerts.map(({ closedAt }) => closedAt ?? null),
    alerts.map(({ timestamp }) => timestamp),
    alerts.map(({ message, deviceId, sensorType, site, ruleName, ruleId }) =>
      searchable([message, deviceId, sensorType, site, ruleName, ruleId]),
    ),
    alerts.map((alert) => JSON.stringify(alert)),
  ]
}

async function answer(query: Query, outcomes: AlertChanges['outcomes']): Promise<void> {
  const given = [...outcomes]
  await query(
    `INSERT INTO alert_action_outcomes (action_id, at, refusal)
     SELECT * FROM unnest($1::text[], $2::timestamptz[], $3::text[])
     ON CONFLICT (action_id) DO UPDATE SET at = excluded.at, refusal = excluded.refusal`,
    [
      given.map(([actionId]) => actionId),
      given.map(([, { atMs }]) => new Date(atMs).toISOString()),
      given.map(([, outcome]) => (outcome.ok ? null : outcome.message.replaceAll('\u0000', '\ufffd'))),
    ],
    { name: 'add-alert-action-outcomes' },
  )
}
