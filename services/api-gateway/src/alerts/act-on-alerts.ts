import { createHash, randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { type AccessClaims, type Alert, type AlertActionRecord, alertKey, TOPICS } from '@iot/contracts'
import { decideAction } from '@iot/domain'
import type { AlertActionOutcome, AlertStore, Clock, EventLog } from '@iot/ports'
import { AppError } from '@iot/runtime'
import { toTimestamp } from '../present/to-timestamp.js'

/** How long an answer waits for what becomes of a request. */
const PATIENCE_MS = 5_000
const FIRST_LOOK_MS = 50
const LONGEST_PAUSE_MS = 250

export interface AlertRequest {
  readonly action: AlertActionRecord['action']
  readonly until?: string
  readonly comment?: string
  /** of the client: the same again is the same request */
  readonly idempotencyKey?: string | undefined
}

/** `unknown`: the request is in the log, and what became of it could not be learned in time. */
export type AlertAnswer = AlertActionOutcome | 'unknown'

export interface AlertActs {
  /** What became of the request on each of the alerts, in their order. */
  request(alerts: readonly Alert[], by: AccessClaims, request: AlertRequest): Promise<AlertAnswer[]>
}

export interface AlertActDeps {
  readonly log: Pick<EventLog, 'append'>
  readonly alerts: Pick<AlertStore, 'outcomes'>
  readonly clock: Clock
  readonly patienceMs?: number
}

/**
 * Requests of people go into the log, where `live` decides them one after the other; what it decided comes back by the
 * store. What the alert, as it is known here, does not allow is refused at once: somebody else was first.
 */
export function createAlertActs(deps: AlertActDeps): AlertActs {
  const { log, alerts: store, clock, patienceMs = PATIENCE_MS } = deps

  /** Undefined: it is in the log, and will be decided. */
  async function hand(
    alert: Alert,
    actionId: string,
    by: AccessClaims,
    { idempotencyKey: _key, ...asked }: AlertRequest,
  ): Promise<AlertActionOutcome | undefined> {
    const timestamp = toTimestamp(clock.nowMs())
    const key = alertKey(alert)
    const record = { actionId, alertId: alert.alertId, key, by: by.username, timestamp, ...asked }
    const decision = decideAction(alert, record, timestamp)
    if (!decision.granted) return { ok: false, message: decision.message }
    await within(patienceMs, log.append(TOPICS.alertActions, key, record))
    return undefined
  }

  /** Looks again and again, ever more rarely, until everything is known or the patience is over. */
  async function learn(actionIds: readonly string[], known: Map<string, AlertActionOutcome>): Promise<void> {
    const endsAt = performance.now() + patienceMs
    let pauseMs = FIRST_LOOK_MS
    for (;;) {
      const open = actionIds.filter((id) => !known.has(id))
      if (open.length === 0 || performance.now() + pauseMs > endsAt) return
      await wait(pauseMs)
      pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 1.5)
      for (const [id, outcome] of await store.outcomes(open)) known.set(id, outcome)
    }
  }

  return {
    async request(alerts, by, request) {
      const actionIds = alerts.map((alert) => actionIdOf(alert, by, request))
      // A repeat is answered as the first was, also where the alert has moved on since.
      const isRepeat = request.idempotencyKey !== undefined
      const known = new Map(isRepeat ? await store.outcomes(actionIds) : [])
      await Promise.all(
        alerts.map(async (alert, at) => {
          const actionId = actionIds[at]!
          const outcome = known.get(actionId) ?? (await hand(alert, actionId, by, request))
          if (outcome) known.set(actionId, outcome)
        }),
      )
      await learn(actionIds, known)
      return actionIds.map((id) => known.get(id) ?? 'unknown')
    },
  }
}

/** A key of one client means nothing for another, nor for another alert or action. */
function actionIdOf({ alertId }: Alert, { userId }: AccessClaims, request: AlertRequest): string {
  const { idempotencyKey, action } = request
  if (idempotencyKey === undefined) return randomUUID()
  return createHash('sha256').update([userId, alertId, action, idempotencyKey].join('\n')).digest('base64url')
}

/** While the log takes nothing, nobody waits for ever. */
async function within(patienceMs: number, appended: Promise<unknown>): Promise<void> {
  const end = new AbortController()
  const isLate = wait(patienceMs, true, { signal: end.signal }).catch(() => false)
  try {
    if ((await Promise.race([appended.then(() => false), isLate])) === false) return
    appended.catch(() => {})
    throw new AppError('UNAVAILABLE', 'The log is slow: whether it has taken your request is not known.', {
      retryAfterMs: patienceMs,
    })
  } finally {
    end.abort()
  }
}
