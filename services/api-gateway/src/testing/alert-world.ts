import { type Alert, type AlertActionRecord, type AlertRecord, alertKey, TOPICS } from '@iot/contracts'
import { decideAction, openAlert } from '@iot/domain'
import type { AlertStore } from '@iot/ports'
import type { OpenGateway } from './open-gateway.js'

/** An alert that has just been opened. */
export function openingOf(alertId: string, more: Partial<Alert> = {}): AlertRecord & { alert: Alert } {
  const alert = openAlert({
    alertId,
    severity: 'warning',
    type: 'threshold',
    message: 'Temperature 9 °C > 8 °C',
    timestamp: '2026-01-01T00:00:00.000Z',
    ruleId: `rule-of-${alertId}`,
    episode: 1,
    ...more,
  })
  return { kind: 'transition', key: alertKey(alert), transition: 'opened', upTo: 0, alert }
}

/** Stands for `live` and the archive: decides what is asked, one after the other, and tells the store. */
export async function decide(store: AlertStore, action: AlertActionRecord): Promise<void> {
  const { actionId, alertId, key, by, comment } = action
  if ((await store.outcomes([actionId])).size > 0) return
  const timestamp = action.timestamp
  const decision = decideAction(await store.get(alertId).then(withoutHistory), action, timestamp)
  if (!decision.granted) {
    await store.apply([
      { kind: 'refused', key, actionId, alertId, timestamp, message: decision.message } as const,
    ])
    return
  }
  const { transition, alert } = decision
  const told = { by, ...(comment !== undefined && { comment }) }
  await store.apply([{ kind: 'transition', key, transition, actionId, upTo: 0, alert, ...told }])
}

function withoutHistory(detail: Awaited<ReturnType<AlertStore['get']>>): Alert | undefined {
  if (!detail) return undefined
  const { comments: _comments, history: _history, ...alert } = detail
  return alert
}

/** What a gateway puts into `alert-actions` is decided, in order, from now on. */
export function decideActionsOf({ log, alerts }: Pick<OpenGateway, 'log' | 'alerts'>): {
  readonly asked: AlertActionRecord[]
} {
  const asked: AlertActionRecord[] = []
  const append = log.append.bind(log)
  let last = Promise.resolve()
  log.append = async (topic, key, value) => {
    const place = await append(topic, key, value)
    if (topic.name === TOPICS.alertActions.name) {
      const action = value as AlertActionRecord
      asked.push(action)
      last = last.then(() => decide(alerts, action))
    }
    return place
  }
  return { asked }
}
