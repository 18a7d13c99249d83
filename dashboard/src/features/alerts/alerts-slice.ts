import type { Alert, AlertEvent } from '@iot/contracts'
import { createAction, type UnknownAction } from '@reduxjs/toolkit'
import type { ApiError } from '../../api/api-error.js'
import { devicesCleared } from '../devices/devices-slice.js'
import { NO_TOASTS, type ToastsState, withoutToast, withToasts } from './alert-toast-stack.js'

export interface AlertsState {
  /** all that are not closed, by id */
  active: ReadonlyMap<string, Alert>
  /** the last that closed: an older list or a late event must not bring one back, and a row that is looked at stays */
  closed: ReadonlyMap<string, Alert>
  /** when those that were heard of live lately were, ms since 1970: a list may be a little behind */
  heardAtMs: ReadonlyMap<string, number>
  load: 'idle' | 'loading' | 'ready' | 'failed'
  error?: ApiError
  /** the list ended early: what is shown is true, but not all */
  partial: boolean
  toasts: ToastsState
  /** what opened with the newest events, for sound and desktop: told once */
  opened: readonly Alert[]
  /** who reads the list needs no toast */
  listOpen: boolean
}

/** Alerts kept on a page. Beyond, the list says that it is partial. */
export const MAX_ACTIVE = 10_000
/** What is written down of an alert may be so much behind what is told live. */
export const LIST_BEHIND_MS = 30_000
/** Closed alerts that are remembered; the oldest go first. */
const MAX_CLOSED = 1_000

const initialState: AlertsState = {
  active: new Map(),
  closed: new Map(),
  heardAtMs: new Map(),
  load: 'idle',
  partial: false,
  toasts: NO_TOASTS,
  opened: [],
  listOpen: false,
}

export const alertsLoading = createAction('alerts/loading')
/** `known`: those that the page had before the list was asked for; what the list does not name of them is over. */
export const alertsLoaded = createAction<{
  alerts: readonly Alert[]
  known: readonly string[]
  complete: boolean
  askedAtMs: number
}>('alerts/loaded')
export const alertsFailed = createAction<{ error: ApiError }>('alerts/failed')
/** What came since the last animation frame: the newest transition of each alert. */
export const alertFrame = createAction<{ events: readonly AlertEvent[]; atMs: number }>('alerts/frame')
/** Some that are active, as a new connection begins with. */
export const alertsSeen = createAction<readonly Alert[]>('alerts/seen')
/** An alert as an answer to the viewer’s own act says it is. */
export const alertLearned = createAction<Alert>('alerts/learned')
/** Without an id: the line that stands for the rest. */
export const alertToastClosed = createAction<string | undefined>('alerts/toastClosed')
export const alertListToggled = createAction<boolean>('alerts/listToggled')

/** Written by hand: five thousand alerts in a second are to cost one copy of two tables per frame. */
export function alertsReducer(state: AlertsState = initialState, action: UnknownAction): AlertsState {
  if (alertFrame.match(action)) return withEvents(state, action.payload)
  if (alertsSeen.match(action)) return withAlerts(state, action.payload)
  if (alertLearned.match(action)) return withAlerts(state, [action.payload])
  if (alertsLoading.match(action)) {
    const { error: _gone, ...rest } = state
    return { ...rest, load: state.load === 'ready' ? 'ready' : 'loading' }
  }
  if (alertsLoaded.match(action)) return withList(state, action.payload)
  if (alertsFailed.match(action)) {
    const shown = state.active.size > 0 || state.load === 'ready'
    return { ...state, load: shown ? 'ready' : 'failed', partial: shown, error: action.payload.error }
  }
  if (alertToastClosed.match(action)) return { ...state, toasts: withoutToast(state.toasts, action.payload) }
  if (alertListToggled.match(action)) return { ...state, listOpen: action.payload, toasts: NO_TOASTS }
  if (devicesCleared.match(action)) return { ...initialState, listOpen: state.listOpen }
  return state
}

function withEvents(
  state: AlertsState,
  { events, atMs }: ReturnType<typeof alertFrame>['payload'],
): AlertsState {
  const fresh = events.filter((event) => isNewer(state, event))
  if (fresh.length === 0) return state
  const opened = fresh.filter(({ state: now, transition }) => now === 'open' && transition === 'opened')
  const next = withAlerts(state, fresh)
  return {
    ...next,
    heardAtMs: withHeard(state.heardAtMs, fresh, atMs),
    opened: opened.length === 0 ? state.opened : opened,
    toasts: withToasts(state.toasts, { opened: state.listOpen ? [] : opened, active: next.active }),
  }
}

function withHeard(
  before: ReadonlyMap<string, number>,
  events: readonly Alert[],
  atMs: number,
): ReadonlyMap<string, number> {
  const heard = new Map<string, number>()
  for (const [alertId, heardMs] of before) if (atMs - heardMs < LIST_BEHIND_MS) heard.set(alertId, heardMs)
  for (const { alertId } of events) heard.set(alertId, atMs)
  return heard
}

/** A transition counts where nothing newer of its alert is known: events may repeat, and come after a list that has them. */
function isNewer({ active, closed }: AlertsState, { alertId, seq }: Alert): boolean {
  return seq > ((active.get(alertId) ?? closed.get(alertId))?.seq ?? 0)
}

function withAlerts(state: AlertsState, alerts: readonly Alert[]): AlertsState {
  const active = new Map(state.active)
  const closed = new Map(state.closed)
  let left = false
  for (const alert of alerts) {
    if (!isNewer({ ...state, active, closed }, alert)) continue
    if (alert.state === 'closed') {
      active.delete(alert.alertId)
      closed.delete(alert.alertId)
      closed.set(alert.alertId, alert)
    } else if (active.has(alert.alertId) || active.size < MAX_ACTIVE) active.set(alert.alertId, alert)
    else left = true
  }
  for (const alertId of closed.keys()) {
    if (closed.size <= MAX_CLOSED) break
    closed.delete(alertId)
  }
  return { ...state, active, closed, partial: state.partial || left }
}

function withList(
  state: AlertsState,
  { alerts, known, complete, askedAtMs }: ReturnType<typeof alertsLoaded>['payload'],
): AlertsState {
  const named = new Set(alerts.map(({ alertId }) => alertId))
  const active = new Map(state.active)
  const isLate = (alertId: string) =>
    askedAtMs - (state.heardAtMs.get(alertId) ?? Number.NEGATIVE_INFINITY) < LIST_BEHIND_MS
  if (complete)
    for (const alertId of known) if (!named.has(alertId) && !isLate(alertId)) active.delete(alertId)
  const { error: _gone, ...rest } = withAlerts({ ...state, active, partial: !complete }, alerts)
  return { ...rest, load: 'ready', toasts: withToasts(state.toasts, { opened: [], active: rest.active }) }
}
