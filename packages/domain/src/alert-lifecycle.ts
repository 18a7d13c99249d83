import {
  type ALERT_ACTIONS,
  type Alert,
  type AlertActionRecord,
  type AlertTransition,
  closeAlert,
  type ReadingStatus,
  TRANSITION_FOLLOWS,
} from '@iot/contracts'

type AlertAction = (typeof ALERT_ACTIONS)[number]

/** What each action of a person makes of an alert. */
const TRANSITION_OF: Record<AlertAction, AlertTransition> = {
  acknowledge: 'acknowledged',
  shelve: 'shelved',
  unshelve: 'unshelved',
  resolve: 'closed',
  comment: 'commented',
}

export function isActive(alert: Pick<Alert, 'state'>): boolean {
  return alert.state !== 'closed'
}

/** Entries of one alert’s history, after which it takes no more comments and no more shelving; it can still be closed. */
const MOST_ENTRIES = 1_000

export type AlertDecision =
  | { readonly granted: true; readonly transition: AlertTransition; readonly alert: Alert }
  /** in plain words, for whoever asked */
  | { readonly granted: false; readonly message: string }

/** What becomes of a person’s request, on the alert as it stands; undefined: it closed, and its slot has a newer one or is forgotten. */
export function decideAction(
  current: Alert | undefined,
  action: AlertActionRecord,
  nowIso: string,
): AlertDecision {
  if (current === undefined) return refuse('It is over, and nothing can be added to it any more')
  const transition = TRANSITION_OF[action.action]
  if (!TRANSITION_FOLLOWS[transition].includes(current.state))
    return refuse(refusalOf(current, action.action))
  if (current.seq >= MOST_ENTRIES && transition !== 'closed') {
    return refuse(`It has ${MOST_ENTRIES} entries already: resolve it`)
  }
  switch (action.action) {
    case 'acknowledge':
      return grant(transition, {
        ...next(withoutShelf(current), nowIso),
        state: 'acknowledged',
        acknowledgedBy: action.by,
        acknowledgedAt: nowIso,
      })
    case 'shelve':
      return decideShelve(current, action, nowIso)
    case 'unshelve':
      return grant(transition, unshelveAlert(current, nowIso))
    case 'resolve':
      return grant(transition, closeAlert(current, { reason: 'resolved', timestamp: nowIso }))
    case 'comment':
      if (!action.comment) return refuse('The comment has no text')
      return grant(transition, next(current, nowIso))
  }
}

function decideShelve(current: Alert, action: AlertActionRecord, nowIso: string): AlertDecision {
  const { until } = action
  if (until === undefined) return refuse('Say until when it is to be put aside')
  // both in one form, so they compare as text
  if (until <= nowIso) return refuse('The time until which it was to be put aside is over')
  return grant('shelved', {
    ...next(current, nowIso),
    state: 'shelved',
    shelvedBy: action.by,
    shelvedUntil: until,
  })
}

function refusalOf(current: Alert, action: AlertAction): string {
  if (current.state === 'closed') return 'It is closed'
  if (action === 'acknowledge') return `Already acknowledged by ${current.acknowledgedBy ?? 'somebody'}`
  if (action === 'unshelve') return 'It is not put aside'
  return `That can’t be done with an alert that is ${current.state}`
}

/** All of an alert that its opening says; what is not known is left out. */
export type AlertOpening = Pick<
  Alert,
  | 'alertId'
  | 'deviceId'
  | 'site'
  | 'sensorType'
  | 'severity'
  | 'type'
  | 'message'
  | 'threshold'
  | 'ruleId'
  | 'ruleRevision'
  | 'ruleName'
  | 'episode'
  | 'flapping'
  | 'affectedServices'
  | 'affectedDevices'
> & {
  /** by our clock */
  readonly timestamp: string
  /** of the reading that opened it; without: `timestamp` */
  readonly openedAt?: string
}

export function openAlert({ timestamp, openedAt = timestamp, ...opening }: AlertOpening): Alert {
  return withoutAbsent({ ...opening, timestamp, openedAt, state: 'open', seq: 1 })
}

/** Its time on the shelf is over, or somebody took it down: it goes on where it was. */
export function unshelveAlert(current: Alert, nowIso: string): Alert {
  return {
    ...next(withoutShelf(current), nowIso),
    state: current.acknowledgedBy === undefined ? 'open' : 'acknowledged',
  }
}

/** The `status` of a reading whose device and sensor have these alerts; closed ones don’t matter. */
export function worstSeverity(alerts: Iterable<Pick<Alert, 'severity' | 'state'>>): ReadingStatus {
  let worst: ReadingStatus = 'normal'
  for (const alert of alerts) {
    if (!isActive(alert)) continue
    if (alert.severity === 'critical') return 'critical'
    worst = 'warning'
  }
  return worst
}

function next(alert: Alert, timestamp: string): Alert {
  return { ...alert, timestamp, seq: alert.seq + 1 }
}

function withoutShelf({ shelvedBy: _, shelvedUntil: __, ...alert }: Alert): Alert {
  return alert
}

/** A field that is undefined is another one than a field that is not there, once it has been through JSON. */
function withoutAbsent(alert: Alert): Alert {
  return Object.fromEntries(Object.entries(alert).filter(([, value]) => value !== undefined)) as Alert
}

function grant(transition: AlertTransition, alert: Alert): AlertDecision {
  return { granted: true, transition, alert }
}

function refuse(message: string): AlertDecision {
  return { granted: false, message }
}
