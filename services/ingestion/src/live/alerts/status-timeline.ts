import type { AlertSeverity, AlertTransitionRecord, ReadingStatus } from '@iot/contracts'
import { worstSeverity } from '@iot/domain'
import type { BookEntry } from './alert-book.js'

interface Span {
  readonly alertId: string
  readonly severity: AlertSeverity
  readonly from: number
  to: number
}

/**
 * How bad the readings of the recent past were, for when they are shown again: from which reading on, and up to which,
 * each alert was active. Lives as long as a partition is being restored; bounded by the alerts of the window's span.
 */
export class StatusTimeline {
  readonly #spans = new Map<string, Span[]>()

  /** A transition that counted, in the order of the log. */
  add({ key, transition, upTo, alert }: AlertTransitionRecord): void {
    if (transition !== 'opened' && transition !== 'closed') return
    const { alertId, severity, sensorType } = alert
    const spans = this.#of(key, sensorType)
    const known = spans.find((span) => span.alertId === alertId)
    // A decision on a reading names the offset behind it, and counts for that reading itself.
    const at = upTo - 1
    if (transition === 'closed' && known) known.to = at
    if (transition === 'closed' && !known) spans.push({ alertId, severity, from: 0, to: at })
    if (transition === 'opened' && !known)
      spans.push({ alertId, severity, from: at, to: Number.POSITIVE_INFINITY })
  }

  /** Alerts that were opened before what was added. */
  addActive(entries: Iterable<BookEntry>): void {
    for (const { key, sensorType, expected } of entries) {
      const { alertId, severity } = expected!
      const spans = this.#of(key, sensorType)
      if (spans.some((span) => span.alertId === alertId)) continue
      spans.push({ alertId, severity, from: 0, to: Number.POSITIVE_INFINITY })
    }
  }

  statusAt(deviceId: string, sensorType: string, offset: number): ReadingStatus {
    const spans = this.#spans.get(`${deviceId}\n${sensorType}`)
    if (!spans) return 'normal'
    const there = spans.filter(({ from, to }) => from <= offset && offset < to)
    return worstSeverity(there.map(({ severity }) => ({ severity, state: 'open' })))
  }

  #of(key: string, sensorType: string | undefined): Span[] {
    const place = `${key}\n${sensorType ?? ''}`
    let spans = this.#spans.get(place)
    if (!spans) {
      spans = []
      this.#spans.set(place, spans)
    }
    return spans
  }
}
