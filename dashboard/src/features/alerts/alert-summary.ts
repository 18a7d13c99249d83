import type { Alert } from '@iot/contracts'
import { createSelector } from '@reduxjs/toolkit'
import type { RootState } from '../../store.js'
import { compareAlerts } from './alert-order.js'

export interface AlertSummary {
  /** that nobody has taken yet: what the badge counts */
  open: number
  openCritical: number
  /** open or acknowledged: what is wrong now. What is shelved waits for its time. */
  current: number
  currentCritical: number
  /** the first of these, worst first */
  worst: readonly Alert[]
  /** the worst of each device that has any, shelved or not */
  worstOf: ReadonlyMap<string, Alert['severity']>
}

export function summarizeAlerts(active: ReadonlyMap<string, Alert>): AlertSummary {
  const worstOf = new Map<string, Alert['severity']>()
  const worst: Alert[] = []
  let current = 0
  let open = 0
  let openCritical = 0
  let currentCritical = 0
  for (const alert of active.values()) {
    const { deviceId, severity, state } = alert
    if (deviceId !== undefined && worstOf.get(deviceId) !== 'critical') worstOf.set(deviceId, severity)
    if (state === 'shelved') continue
    current += 1
    keepWorst(worst, alert)
    if (severity === 'critical') currentCritical += 1
    if (state !== 'open') continue
    open += 1
    if (severity === 'critical') openCritical += 1
  }
  return { open, openCritical, current, currentCritical, worst, worstOf }
}

/** What an overview shows; sorting thousands for it in every frame of a storm would be felt. */
const MOST_WORST = 8

function keepWorst(worst: Alert[], alert: Alert): void {
  const last = worst.at(-1)
  if (worst.length === MOST_WORST && last !== undefined && compareAlerts(alert, last) >= 0) return
  const at = worst.findIndex((each) => compareAlerts(alert, each) < 0)
  worst.splice(at === -1 ? worst.length : at, 0, alert)
  if (worst.length > MOST_WORST) worst.pop()
}

/** Made once per change of the alerts, however many ask. */
export const selectAlertSummary = createSelector([(state: RootState) => state.alerts.active], summarizeAlerts)
