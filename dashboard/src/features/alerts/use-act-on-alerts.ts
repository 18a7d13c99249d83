import type { Alert, BulkAlertRequest } from '@iot/contracts'
import { useCallback, useState } from 'react'
import { type ApiError, isApiError } from '../../api/api-error.js'
import { type AlertAct, useActOnAlertMutation, useActOnAlertsMutation } from './alerts-api.js'

export interface ActTerms {
  /** of `shelve` */
  readonly for?: string
  readonly comment?: string
}

/** How acting on one alert or several went. */
export interface ActOutcome {
  readonly done: number
  readonly refused: number
  /** why the first was refused: somebody else was there before, as a rule */
  readonly reason?: string
  /** taken in, and not carried out yet */
  readonly pending?: true
  /** the request itself failed; those after it were not tried */
  readonly error?: ApiError
}

/** As many as one request takes. */
const AT_ONCE = 100

type BulkAction = BulkAlertRequest['action']

/** Acts on alerts and says how it went; who was too late is told, and the fresh state comes by itself. */
export function useActOnAlerts() {
  const [actOnOne] = useActOnAlertMutation()
  const [actOnMany] = useActOnAlertsMutation()
  const [outcome, setOutcome] = useState<ActOutcome>()
  const [busy, setBusy] = useState(false)

  const run = useCallback(async (work: () => Promise<ActOutcome>) => {
    setBusy(true)
    setOutcome(undefined)
    const made = await work()
    setBusy(false)
    setOutcome(made)
    return made
  }, [])
  const act = useCallback(
    (alertIds: readonly string[], action: BulkAction, terms: ActTerms = {}) =>
      run(async () => {
        if (alertIds.length === 1)
          return one(await actOnOne({ alertId: alertIds[0]!, action, ...terms }), action)
        let total: ActOutcome = { done: 0, refused: 0 }
        for (let at = 0; at < alertIds.length && total.error === undefined; at += AT_ONCE) {
          const answer = await actOnMany({ action, alertIds: alertIds.slice(at, at + AT_ONCE), ...terms })
          total = joined(total, answer)
        }
        return total
      }),
    [run, actOnOne, actOnMany],
  )
  const actOn = useCallback(
    (alertId: string, action: AlertAct, terms: ActTerms = {}) =>
      run(async () => one(await actOnOne({ alertId, action, ...terms }), action)),
    [run, actOnOne],
  )
  return { act, actOn, busy, outcome, forget: useCallback(() => setOutcome(undefined), []) }
}

type Answer<Data> = { data?: Data | undefined; error?: unknown }

const AFTERWARDS: Partial<Record<AlertAct, Alert['state']>> = {
  acknowledge: 'acknowledged',
  shelve: 'shelved',
  resolve: 'closed',
}

export function one(answer: Answer<Alert>, action: AlertAct): ActOutcome {
  if (answer.data === undefined) return refusedOrFailed(answer.error, 1)
  const wanted = AFTERWARDS[action]
  const pending = wanted !== undefined && answer.data.state !== wanted
  return pending ? { done: 0, refused: 0, pending } : { done: 1, refused: 0 }
}

function refusedOrFailed(error: unknown, count: number): ActOutcome {
  if (isApiError(error) && error.code === 'STATE_CONFLICT')
    return { done: 0, refused: count, reason: error.detail ?? error.title }
  const failed = isApiError(error) ? error : { status: 0, code: 'UNREADABLE' as const, title: String(error) }
  return { done: 0, refused: 0, error: failed }
}

export function joined(
  total: ActOutcome,
  answer: Answer<{ results: readonly { ok: boolean; message?: string }[] }>,
): ActOutcome {
  if (answer.data === undefined) return { ...total, ...refusedOrFailed(answer.error, 0), done: total.done }
  const refused = answer.data.results.filter(({ ok }) => !ok)
  const reason = total.reason ?? refused[0]?.message
  return {
    done: total.done + answer.data.results.length - refused.length,
    refused: total.refused + refused.length,
    ...(reason !== undefined && { reason }),
  }
}
