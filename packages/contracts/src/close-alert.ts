import type { Alert, AlertCloseReason } from './alert.js'

export interface AlertClosing {
  readonly reason: AlertCloseReason
  /** by our clock */
  readonly timestamp: string
  /** of the reading that cleared it; without: `timestamp`. Never before it opened. */
  readonly closedAt?: string
}

/** An active alert as it ends: for whoever decides so, and for a store whose alert nobody who decides knows any more. */
export function closeAlert(
  { shelvedBy: _, shelvedUntil: __, ...alert }: Alert,
  { reason, timestamp, closedAt = timestamp }: AlertClosing,
): Alert {
  return {
    ...alert,
    timestamp,
    seq: alert.seq + 1,
    state: 'closed',
    closedAt: closedAt < alert.openedAt ? alert.openedAt : closedAt,
    closeReason: reason,
  }
}
