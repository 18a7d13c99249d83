import { type AlertTransitionRecord, alertSlot, isAlertForgotten, transitionCounts } from '@iot/contracts'
import { parseTime } from '@iot/domain'
import type { ToldAlert } from '@iot/ports'

/** A transition that counts, and what there was before it. */
export interface CountedTransition {
  readonly record: AlertTransitionRecord
  readonly wasShelved: boolean
}

export interface CountedTransitions {
  readonly counted: readonly CountedTransition[]
  /** how far alerts are told with these, each alert once */
  readonly told: readonly ToldAlert[]
}

export function slotOf({ key, alert }: AlertTransitionRecord): string {
  return alertSlot(alert.ruleId, key, alert.sensorType)
}

/** What counts of records, in their order, given how far alerts had been told before. */
export function countTransitions(
  records: readonly AlertTransitionRecord[],
  before: readonly ToldAlert[],
): CountedTransitions {
  const alerts = new Map(before.map((one) => [one.alertId, one]))
  // An alert of the slot that is active is its newest, whichever came first in the answer.
  const newest = new Map<string, ToldAlert>()
  for (const one of before) {
    const other = newest.get(one.slot)
    if (!other || other.state === 'closed' || other.episode < one.episode) newest.set(one.slot, one)
  }
  const changed = new Map<string, ToldAlert>()
  const counted: CountedTransition[] = []

  for (const record of records) {
    const { alert, transition } = record
    const slot = slotOf(record)
    const atMs = parseTime(alert.timestamp) ?? 0
    const known = alerts.get(alert.alertId)
    const isOpening = transition === 'opened'
    if (isOpening && known) continue
    const current = isOpening ? rememberedAt(newest.get(slot), atMs) : known
    if (!transitionCounts(current, record)) continue
    const { alertId, seq, episode, state } = alert
    const told: ToldAlert = { alertId, slot, seq, episode, state, atMs }
    alerts.set(alertId, told)
    if (isOpening || newest.get(slot)?.alertId === alertId) newest.set(slot, told)
    changed.set(alertId, told)
    counted.push({ record, wasShelved: known?.state === 'shelved' })
  }
  return { counted, told: [...changed.values()] }
}

function rememberedAt(alert: ToldAlert | undefined, nowMs: number): ToldAlert | undefined {
  return alert && isAlertForgotten(alert.atMs, nowMs) ? undefined : alert
}
