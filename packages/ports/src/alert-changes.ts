import {
  type Alert,
  type AlertHistoryEntry,
  type AlertRecord,
  type AlertTransitionRecord,
  alertSlot,
  closeAlert,
  isAlertForgotten,
  transitionCounts,
} from '@iot/contracts'
import type { AlertActionOutcome } from './alert-store.js'
import type { NewAuditEntry } from './audit-store.js'

/** What a store holds already of what records speak of. */
export interface AlertsBefore {
  /** by alertId */
  readonly alerts: ReadonlyMap<string, Alert>
  /** by `alertSlot`: the alert that was opened last, closed or not */
  readonly newest: ReadonlyMap<string, Alert>
  /** actions that have an outcome */
  readonly answered: ReadonlySet<string>
}

/** What records make of it. */
export interface AlertChanges {
  /** alerts that are new, in the order of their openings, with what they are keyed by in the log */
  readonly opened: ReadonlyMap<string, string>
  /** every alert that is new or another, as it stands in the end */
  readonly alerts: ReadonlyMap<string, Alert>
  readonly history: readonly { readonly alertId: string; readonly entry: AlertHistoryEntry }[]
  /** by actionId */
  readonly outcomes: ReadonlyMap<string, AlertActionOutcome & { readonly atMs: number }>
  readonly audit: readonly NewAuditEntry[]
}

/** What counts of records, in the order given, in every store alike. See `AlertStore.apply`. */
export function alertChanges(records: readonly AlertRecord[], before: AlertsBefore): AlertChanges {
  const opened = new Map<string, string>()
  const alerts = new Map<string, Alert>()
  const newest = new Map<string, string>()
  const history: { alertId: string; entry: AlertHistoryEntry }[] = []
  const outcomes = new Map<string, AlertActionOutcome & { atMs: number }>()
  const audit: NewAuditEntry[] = []
  const find = (alertId: string) => alerts.get(alertId) ?? before.alerts.get(alertId)
  const take = (record: AlertTransitionRecord) => {
    const { alert } = record
    alerts.set(alert.alertId, alert)
    history.push({ alertId: alert.alertId, entry: historyEntry(record) })
    audit.push(auditEntry(record))
  }

  for (const record of records) {
    if (record.kind === 'refused') {
      const { actionId, message, timestamp } = record
      if (!before.answered.has(actionId) && !outcomes.has(actionId)) {
        outcomes.set(actionId, { ok: false, message, atMs: Date.parse(timestamp) })
      }
      continue
    }
    const { alert, transition } = record
    const isOpening = transition === 'opened'
    const slot = alertSlot(alert.ruleId, record.key, alert.sensorType)
    if (isOpening) {
      const lastId = newest.get(slot)
      const last = lastId === undefined ? before.newest.get(slot) : undefined
      const current = lastId === undefined ? last && (alerts.get(last.alertId) ?? last) : alerts.get(lastId)
      if (find(alert.alertId) || !transitionCounts(remembered(current, alert), record)) continue
      if (current && current.state !== 'closed') take(lapsed(current, record))
      opened.set(alert.alertId, record.key)
      newest.set(slot, alert.alertId)
    } else if (!transitionCounts(find(alert.alertId), record)) continue

    take(record)
    if (record.actionId !== undefined) {
      outcomes.set(record.actionId, { ok: true, atMs: Date.parse(alert.timestamp) })
    }
  }
  return { opened, alerts, history, outcomes, audit }
}

function remembered(last: Alert | undefined, { timestamp }: Alert): Alert | undefined {
  return last && isAlertForgotten(Date.parse(last.timestamp), Date.parse(timestamp)) ? undefined : last
}

/** The end of an alert that is active here and that nobody who decides knows any more: another takes its place. */
function lapsed(
  current: Alert,
  { key, upTo, alert: { timestamp } }: AlertTransitionRecord,
): AlertTransitionRecord {
  const alert = closeAlert(current, { reason: 'cleared', timestamp })
  return { kind: 'transition', key, transition: 'closed', upTo, alert }
}

function historyEntry({ alert, transition, by, comment }: AlertTransitionRecord): AlertHistoryEntry {
  return {
    seq: alert.seq,
    timestamp: alert.timestamp,
    transition,
    ...(by !== undefined && { by }),
    ...(comment !== undefined && { comment }),
  }
}

function auditEntry({ alert, transition, by, comment }: AlertTransitionRecord): NewAuditEntry {
  const { deviceId, site, sensorType, ruleId, ruleName, severity } = alert
  const isOpening = transition === 'opened'
  const detail = {
    severity,
    deviceId,
    site,
    sensorType,
    ruleId,
    ruleName,
    comment,
    message: isOpening ? alert.message : undefined,
    until: transition === 'shelved' ? alert.shelvedUntil : undefined,
    reason: transition === 'closed' ? alert.closeReason : undefined,
  }
  return {
    timestampMs: Date.parse(alert.timestamp),
    ...(by !== undefined && { actor: by }),
    action: `alert.${transition}`,
    target: { type: 'alert', id: alert.alertId },
    detail: Object.fromEntries(Object.entries(detail).filter(([, value]) => value !== undefined)),
  }
}
