import {
  type AlertsSubscribed,
  MAX_ACTIVE_ALERTS,
  type Positions,
  type SubscribeAlertsOptions,
} from '@iot/contracts'
import { createSubscription, subscriptionKey } from '../rooms/subscription.js'
import type { Session } from '../sessions/session.js'
import type { ActiveAlerts, KnownAlerts } from './active-alerts.js'
import type { Handler, Reply } from './dispatcher.js'
import { activate, endSubscription, type JoiningDeps, resumed, whileJoining } from './joining.js'
import { caughtUp, type Missed, spelledOut } from './resume.js'

const KEY = subscriptionKey('alerts')

export interface SubscribeAlertsDeps extends JoiningDeps {
  readonly activeAlerts: ActiveAlerts
}

/**
 * Alerts begin with those that are active: the list of the store, and over it what has been shown since. Live events go on
 * behind the newest of these, so nothing lies between.
 */
export function createSubscribeAlertsHandlers(deps: SubscribeAlertsDeps) {
  return {
    subscribeAlerts: ((session, [options]) =>
      subscribe(deps, session, options as SubscribeAlertsOptions | undefined)) as Handler,
    unsubscribeAlerts: ((session) => {
      endSubscription(deps, session, KEY)
      return { answer: {} }
    }) as Handler,
  }
}

async function subscribe(
  deps: SubscribeAlertsDeps,
  session: Session,
  options: SubscribeAlertsOptions | undefined,
): Promise<Reply> {
  const subscription = createSubscription(session, 'alerts', undefined, options)
  const since = options?.since
  const known = await whileJoining(deps, session, KEY, async () => {
    if (since) await caughtUp(deps, subscription, since)
    return await deps.activeAlerts.read(session.scope)
  })
  let missed: Missed | undefined
  return {
    answer() {
      missed = since && resumed(deps, subscription, since)
      const positions = missed ? spelledOut(deps.heads, since!) : deps.heads.positions()
      return answerOf(deps, session, { known, positions, isRecovered: missed !== undefined })
    },
    after() {
      const begin = { readings: deps.readings.end, writeBegin: () => {} }
      activate(deps, subscription, KEY, begin, missed && { missed, since: since! })
    },
  }
}

function answerOf(
  { activeAlerts }: SubscribeAlertsDeps,
  session: Session,
  begin: { known: KnownAlerts; positions: Positions; isRecovered: boolean },
): AlertsSubscribed {
  const { alerts, isWhole } = activeAlerts.seenBy(session, begin.known)
  return {
    ok: true,
    alerts: alerts.slice(0, MAX_ACTIVE_ALERTS),
    positions: begin.positions,
    recovered: begin.isRecovered,
    ...(!(isWhole && alerts.length <= MAX_ACTIVE_ALERTS) && { truncated: true as const }),
  }
}
