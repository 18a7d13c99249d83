import { type Alert, BulkAlertAnswer, BulkAlertRequest, type ErrorCode } from '@iot/contracts'
import type { AlertAnswer } from '../alerts/act-on-alerts.js'
import { shelvedUntil } from '../alerts/shelved-until.js'
import { invalid } from '../read-range.js'
import { type Route, route } from '../route.js'
import { type AlertRouteDeps, IdempotencyHeaders } from './alerts.js'

/** Alerts that are looked up at once. */
const LOOKUPS_AT_ONCE = 8

interface BulkResult {
  alertId: string
  ok: boolean
  code?: ErrorCode
  message?: string
}

const MISSING = { ok: false, code: 'NOT_FOUND', message: 'There is no such alert.' } as const
const UNKNOWN = {
  ok: false,
  code: 'UNAVAILABLE',
  message: 'Taken in; what it will come to is not known yet: look again.',
} as const

export function bulkAlertRoutes(deps: AlertRouteDeps): Route[] {
  return [
    route(
      {
        method: 'POST',
        path: '/api/alerts/bulk',
        summary:
          'Acknowledge, shelve or resolve up to 100 alerts; each is granted or refused by itself. 202 where of some it ' +
          'is not known within 5 s',
        tag: 'alerts',
        access: 'operator',
        headers: IdempotencyHeaders,
        body: BulkAlertRequest,
        status: 200,
        mayPend: true,
        answer: BulkAlertAnswer,
      },
      async ({ body, headers, caller }) => {
        const { action, alertIds, comment } = body
        const until = readUntil(body, deps.clock.nowMs())
        const alerts = await findAlerts(alertIds, (id) => deps.visibleAlerts.get(id, caller))
        const answers = await deps.acts.request([...alerts.values()], caller, {
          action,
          idempotencyKey: headers['idempotency-key'],
          ...(comment !== undefined && { comment }),
          ...(until !== undefined && { until }),
        })
        const answered = new Map([...alerts.keys()].map((alertId, at) => [alertId, answers[at]!]))
        return {
          body: { results: alertIds.map((alertId) => present(alertId, answered.get(alertId))) },
          pending: answers.includes('unknown'),
        }
      },
    ),
  ]
}

function readUntil({ action, for: duration }: BulkAlertRequest, nowMs: number): string | undefined {
  if (action !== 'shelve') {
    if (duration !== undefined) throw invalid('for', 'goes with the action shelve only')
    return undefined
  }
  if (duration === undefined) throw invalid('for', 'is missing: say for how long to put them aside')
  return shelvedUntil(duration, nowMs)
}

/** Those that there are for the caller, in the order asked for. */
async function findAlerts(
  alertIds: readonly string[],
  find: (alertId: string) => Promise<Alert | undefined>,
): Promise<Map<string, Alert>> {
  const found = new Map<string, Alert>()
  for (let at = 0; at < alertIds.length; at += LOOKUPS_AT_ONCE) {
    const some = await Promise.all(alertIds.slice(at, at + LOOKUPS_AT_ONCE).map(find))
    for (const alert of some) if (alert) found.set(alert.alertId, alert)
  }
  return found
}

function present(alertId: string, answer: AlertAnswer | undefined): BulkResult {
  if (answer === undefined) return { alertId, ...MISSING }
  if (answer === 'unknown') return { alertId, ...UNKNOWN }
  if (answer.ok) return { alertId, ok: true }
  return { alertId, ok: false, code: 'STATE_CONFLICT', message: `${answer.message}.` }
}
