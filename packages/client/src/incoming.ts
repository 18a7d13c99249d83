import type { AlertEvent, DeviceVisibility, Reading, Welcome } from '@iot/contracts'
import type { ConnectionView } from './connection-view.js'
import type { EventListeners } from './event-listeners.js'
import type { LiveSocketEvents } from './live-socket.js'
import type { SubscriptionBook } from './subscription-book.js'
import type { Timers } from './timers.js'

export interface IncomingDeps {
  readonly book: SubscriptionBook
  readonly events: EventListeners
  readonly view: ConnectionView
  readonly timers: Timers
}

/** Brings what comes to those who watch and listen, over whichever connection. */
export class Incoming {
  readonly #deps: IncomingDeps
  #isAdmin = false

  constructor(deps: IncomingDeps) {
    this.#deps = deps
  }

  /** What one connection tells, as long as it is the current one. */
  of(isCurrent: () => boolean): Omit<LiveSocketEvents, 'onConnect' | 'onEnd' | 'onResync'> {
    const { book, view } = this.#deps
    const only = onlyWhile(isCurrent)
    return {
      onBatch: only(({ readings, positions }) => {
        this.readings(readings)
        book.sentUpTo(positions)
      }),
      onStatus: only((event) => book.status([event])),
      onAlertBatch: only(({ alerts, positions }) => {
        book.alerts(alerts)
        book.sentUpTo(positions)
      }),
      onDeviceAlert: only((event) => book.deviceAlert(event)),
      onPositions: only((positions) => book.sentUpTo(positions)),
      onEvent: only((event, body) => this.#event(event, body)),
      onClockOffset: only((clockOffsetMs) => view.note({ clockOffsetMs })),
    }
  }

  readings(readings: readonly Reading[]): void {
    const { book, view, timers } = this.#deps
    if (readings.length > 0) view.note({ lastDataAtMs: timers.nowMs() })
    book.readings(readings)
  }

  #event(event: string, body: unknown): void {
    const { book, events } = this.#deps
    if (event === 'welcome') this.#isAdmin = (body as Welcome).role === 'admin'
    if (event === 'device:visibility') book.visibility(body as DeviceVisibility)
    // Administrators have alerts about the system among their own, with all that is known of them.
    if (event === 'alert:system' && !this.#isAdmin) book.alerts([body as AlertEvent])
    events.tell(event, body)
  }
}

/** What is called too late does nothing. */
export function onlyWhile(isCurrent: () => boolean) {
  return function only<Args extends unknown[]>(act: (...args: Args) => void): (...args: Args) => void {
    return (...args) => {
      if (isCurrent()) act(...args)
    }
  }
}
