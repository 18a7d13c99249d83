import type { Alert } from '@iot/contracts'
import { isActive, isOpen, keepCondition, restoreCondition } from '@iot/domain'
import type { Slot } from './slot.js'

/** Makes a slot’s condition what its alert is; answers whether that was news to it. */
export function followAlert({ compiled, condition }: Slot, alert: Alert | undefined): boolean {
  const wasOpen = isOpen(condition)
  if (alert && isActive(alert)) {
    compiled.setOpen(condition, {
      clockMs: Date.parse(alert.openedAt),
      isFlapping: alert.flapping === true,
      isSilent: isAboutSilence(alert),
    })
  } else {
    compiled.setClosed(condition, alert?.closeReason ?? 'cleared')
  }
  return isOpen(condition) !== wasOpen
}

/**
 * As `followAlert`, where what was decided since was not: an alert that somebody resolved is followed from its opening,
 * so that the condition waits until it has cleared.
 */
export function followPast(slot: Slot, alert: Alert | undefined): void {
  if (alert?.closeReason === 'resolved' && !isOpen(slot.condition)) {
    followAlert(slot, { ...alert, state: 'open' })
  }
  followAlert(slot, alert)
}

/** It was opened because nothing came, not by a value. */
export function isAboutSilence({ threshold }: Alert): boolean {
  return threshold === undefined
}

/** Nobody listened for so long: our clock stood still for what is counted by it. */
export function shiftClock(slot: Slot, downMs: number): void {
  if (downMs === 0) return
  const kept = keepCondition(slot.condition)
  if (kept) slot.condition = restoreCondition(kept, downMs)
}
