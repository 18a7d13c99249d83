import type { Alert, AlertEvent } from '@iot/contracts'
import { type AlertSubject, subjectOf } from '../rooms/alert-subject.js'

/** Longer than what writes the store's list usually takes to come up to what is shown. */
const KEEP_MS = 125_000
/** Alerts at most; past it the oldest go, and the list is not said to be whole for a while. */
const MAX_ALERTS = 20_000

export interface RecentAlert {
  readonly alert: Alert
  readonly subject: AlertSubject
}

/**
 * The alerts that have changed lately, as they stand now. The store learns of them by another way, and may be behind what
 * was shown already; who subscribes gets its list with these laid over it.
 */
export class RecentAlerts {
  /** in order of the newest transition */
  readonly #alerts = new Map<string, RecentAlert & { readonly atMs: number }>()
  #dropped = Number.NEGATIVE_INFINITY

  note(event: AlertEvent, nowMs: number): void {
    const known = this.#alerts.get(event.alertId)
    if (known && known.alert.seq >= event.seq) return
    this.#alerts.delete(event.alertId)
    this.#alerts.set(event.alertId, { alert: alertOf(event), subject: subjectOf(event), atMs: nowMs })
    if (this.#alerts.size <= MAX_ALERTS) return
    this.#alerts.delete(this.#alerts.keys().next().value!)
    this.#dropped = nowMs
  }

  /** Lets go of what the store has long known. */
  trim(nowMs: number): void {
    for (const [alertId, { atMs }] of this.#alerts) {
      if (atMs >= nowMs - KEEP_MS) return
      this.#alerts.delete(alertId)
    }
  }

  /** Whether nothing was let go of that the store may not know. */
  isWhole(nowMs: number): boolean {
    return this.#dropped < nowMs - KEEP_MS
  }

  all(): Iterable<RecentAlert> {
    return this.#alerts.values()
  }

  clear(): void {
    this.#alerts.clear()
  }
}

/** The alert without what happened to it just now. */
function alertOf({ transition: _, by: __, comment: ___, position: ____, ...alert }: AlertEvent): Alert {
  return alert
}
