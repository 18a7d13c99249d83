import type { Alert } from '@iot/contracts'
import { createSelector } from '@reduxjs/toolkit'
import type { RootState } from '../../store.js'
import { compareAlerts } from './alert-order.js'

export interface AlertSummary {
  /** that nobody has taken yet: what the badge counts */
  open: number
  openCritical: number
  /** open or acknowledged, worst first: what is wrong now. What is shelved waits for its time. */
  current: readonly Alert[]
  currentCritical: number
  /** the worst of each device that has any, shelved or not */
  worstOf: ReadonlyMap<string, Alert['severity']>
}

export function summarizeAlerts(active: ReadonlyMap<string, Alert>): AlertSummary {
  const worstOf = new Map<string, Alert['severity']>()
  const current: Alert[] = []
  let open = 0
  let openCritical = 0
  let currentCritical = 0
  for (const alert of active.values()) {
    const { deviceId, severity, state } = alert
    if (deviceId !== undefined && worstOf.get(deviceId) !== 'critical') worstOf.set(deviceId, severity)
    if (state === 'shelved') continue
    current.push(alert)
    if (severity === 'critical') currentCritical += 1
    if (state !== 'open') continue
    open += 1
    if (severity === 'critical') openCritical += 1
  }
  return { open, openCritical, current: current.sort(compareAlerts), currentCritical, worstOf }
}

/** Made once per change of the alerts, however many ask. */
export const selectAlertSummary = createSelector([(state: RootState) => state.alerts.active], summarizeAlerts)
