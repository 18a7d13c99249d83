import { type Alert, type AlertTransitionRecord, TRANSITION_FOLLOWS } from './alert.js'
import { TOPICS } from './topics.js'

/**
 * Whether a transition counts. Everybody who reads `alerts` asks this and so comes to the same: of two writers the
 * first in the log wins. `current` is for an opening the newest alert of its slot, closed or not; for anything else the
 * alert with its id. Where the slot’s past is forgotten (undefined) an opening counts whatever its episode.
 */
export function transitionCounts(
  current: Pick<Alert, 'alertId' | 'state' | 'seq' | 'episode'> | undefined,
  { alert, transition }: Pick<AlertTransitionRecord, 'alert' | 'transition'>,
): boolean {
  if (transition === 'opened') {
    if (alert.seq !== 1) return false
    return current === undefined || (current.state === 'closed' && alert.episode === current.episode + 1)
  }
  return (
    current !== undefined &&
    current.alertId === alert.alertId &&
    alert.seq === current.seq + 1 &&
    TRANSITION_FOLLOWS[transition].includes(current.state)
  )
}

const LOG_MS = TOPICS.alerts.retentionHours * 3_600_000

/**
 * Whether an alert, last heard of at `atMs`, is forgotten by who knows the log alone, and may have begun to count
 * episodes anew. Who keeps alerts longer asks this of the newest of a slot before an opening.
 */
export function isAlertForgotten(atMs: number, nowMs: number): boolean {
  return nowMs - atMs > LOG_MS
}
