import { type Alert, type AlertHistoryEntry, type AlertRecord, alertSlot } from '@iot/contracts'
import {
  type AlertActionOutcome,
  type AlertLogPlace,
  type AlertQuery,
  type AlertStore,
  type AuditStore,
  alertChanges,
  type DeviceStore,
} from '@iot/ports'

export function createMemoryAlertStore(deps: {
  audit: Pick<AuditStore, 'add'>
  /** where the devices are; without, none is at a site */
  devices?: Pick<DeviceStore, 'get'>
}): AlertStore {
  const { audit, devices } = deps
  const alerts = new Map<string, Alert>()
  const histories = new Map<string, AlertHistoryEntry[]>()
  /** by slot: the alert that was opened last */
  const newest = new Map<string, string>()
  const outcomes = new Map<string, AlertActionOutcome & { readonly atMs: number }>()
  /** by epoch and partition: the offset after the last that was worked in */
  const nextOffsets = new Map<string, number>()

  /** Those that were not worked in before; from now on they are. */
  function recordsAfter(records: readonly AlertRecord[], place: AlertLogPlace | undefined) {
    if (!place || records.length === 0) return records
    const name = `${place.epoch}:${place.partition}`
    const next = nextOffsets.get(name) ?? 0
    nextOffsets.set(name, Math.max(next, place.offsets.at(-1)! + 1))
    return records.filter((_, at) => place.offsets[at]! >= next)
  }

  async function isAt(alert: Alert, sites: readonly string[]): Promise<boolean> {
    const { deviceId, type } = alert
    if (deviceId === undefined && type === 'system') return false
    const site = deviceId === undefined ? alert.site : (await devices?.get(deviceId))?.site
    return site !== undefined && sites.includes(site)
  }

  async function isWanted(alert: Alert, query: AlertQuery): Promise<boolean> {
    if (!matches(alert, query)) return false
    if (query.site !== undefined && !(await isAt(alert, [query.site]))) return false
    return query.sites === undefined || isAt(alert, query.sites)
  }

  return {
    async apply(all, place) {
      const records = recordsAfter(all, place)
      const lastOfSlots = [...newest].flatMap(([slot, id]): [string, Alert][] => {
        const alert = alerts.get(id)
        return alert ? [[slot, alert]] : []
      })
      const changes = alertChanges(records, {
        alerts,
        newest: new Map(lastOfSlots),
        answered: new Set(outcomes.keys()),
      })
      for (const [alertId, key] of changes.opened) {
        const { ruleId, sensorType } = changes.alerts.get(alertId)!
        newest.set(alertSlot(ruleId, key, sensorType), alertId)
      }
      for (const [alertId, alert] of changes.alerts) alerts.set(alertId, structuredClone(alert))
      for (const { alertId, entry } of changes.history) {
        histories.set(alertId, [...(histories.get(alertId) ?? []), entry])
      }
      for (const [actionId, outcome] of changes.outcomes) outcomes.set(actionId, outcome)
      await audit.add(changes.audit)
    },
    nextOffset: async ({ epoch, partition }) => nextOffsets.get(`${epoch}:${partition}`) ?? 0,
    async list(query) {
      const found: Alert[] = []
      for (const alert of alerts.values()) if (await isWanted(alert, query)) found.push(alert)
      return structuredClone(found.sort(newestFirst).slice(0, query.limit))
    },
    async get(alertId) {
      const alert = alerts.get(alertId)
      if (!alert) return undefined
      const history = histories.get(alertId)!
      const comments = history.flatMap(({ by = 'system', timestamp, comment: text }) =>
        text === undefined ? [] : [{ by, timestamp, text }],
      )
      return structuredClone({ ...alert, comments, history })
    },
    async outcomes(actionIds) {
      const found = new Map<string, AlertActionOutcome>()
      for (const actionId of actionIds) {
        const outcome = outcomes.get(actionId)
        if (outcome) found.set(actionId, outcome.ok ? { ok: true } : { ok: false, message: outcome.message })
      }
      return found
    },
    async countActive({ sites } = {}) {
      const counts = { warning: 0, critical: 0 }
      for (const alert of alerts.values()) {
        if (alert.state !== 'closed' && (!sites || (await isAt(alert, sites)))) counts[alert.severity] += 1
      }
      return counts
    },
    async dropBefore(beforeMs) {
      const old = [...alerts.values()].filter(
        ({ state, timestamp }) => state === 'closed' && Date.parse(timestamp) < beforeMs,
      )
      for (const { alertId } of old) {
        alerts.delete(alertId)
        histories.delete(alertId)
      }
      for (const [slot, alertId] of newest) if (!alerts.has(alertId)) newest.delete(slot)
      for (const [actionId, { atMs }] of outcomes) if (atMs < beforeMs) outcomes.delete(actionId)
      return old.length
    },
  }
}

function matches(alert: Alert, query: AlertQuery): boolean {
  const { states, severity, type, deviceId, sensorType, ruleId, search, after } = query
  return (
    (!states || states.includes(alert.state)) &&
    (severity === undefined || alert.severity === severity) &&
    (type === undefined || alert.type === type) &&
    (deviceId === undefined || alert.deviceId === deviceId) &&
    (sensorType === undefined || alert.sensorType === sensorType) &&
    (ruleId === undefined || alert.ruleId === ruleId) &&
    (!search || hasText(alert, search.toLowerCase())) &&
    wasOpen(alert, query) &&
    (!after || isAfter(alert, after))
  )
}

function hasText({ message, deviceId, sensorType, site, ruleName, ruleId }: Alert, wanted: string): boolean {
  return [message, deviceId, sensorType, site, ruleName, ruleId].some((text) =>
    text?.toLowerCase().includes(wanted),
  )
}

/** At some time of the range; one that was over at once counts as of its opening. */
function wasOpen({ openedAt, closedAt }: Alert, { fromMs, toMs }: AlertQuery): boolean {
  const openedAtMs = Date.parse(openedAt)
  if (toMs !== undefined && openedAtMs >= toMs) return false
  if (fromMs === undefined || closedAt === undefined) return true
  return openedAtMs >= fromMs || Date.parse(closedAt) > fromMs
}

function isAfter(alert: Alert, after: NonNullable<AlertQuery['after']>): boolean {
  const openedAtMs = Date.parse(alert.openedAt)
  if (openedAtMs !== after.openedAtMs) return openedAtMs < after.openedAtMs
  return alert.alertId < after.alertId
}

function newestFirst(one: Alert, other: Alert): number {
  const later = Date.parse(other.openedAt) - Date.parse(one.openedAt)
  return later !== 0 ? later : one.alertId < other.alertId ? 1 : -1
}
