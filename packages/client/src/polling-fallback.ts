import type { Reading } from '@iot/contracts'
import type { Timers } from './timers.js'

export interface PollingFallbackDeps {
  fetchLatest: () => Promise<readonly Reading[]>
  timers: Timers
  /** sockets must have failed this long before the first poll, ms */
  afterMs: number
  everyMs: number
  onReadings: (readings: readonly Reading[]) => void
  /** whether the last poll was answered; undefined before the first answer */
  onOutcome: (answered: boolean | undefined) => void
}

export interface PollingFallback {
  /** The sockets fail: begin to count. Called again while failing, it changes nothing. */
  arm(): void
  /** The sockets work again, or nobody listens any more. An answer that is still on its way is dropped. */
  disarm(): void
}

/** Asks for the latest readings every few seconds once the sockets have failed for a while; one question at a time. */
export function createPollingFallback(deps: PollingFallbackDeps): PollingFallback {
  const { fetchLatest, timers, afterMs, everyMs, onReadings, onOutcome } = deps
  let cancel: (() => void) | undefined
  /** raised by each disarm, so that an older answer knows itself */
  let round = 0

  async function poll(mine: number): Promise<void> {
    let answered = false
    let readings: readonly Reading[] = []
    try {
      readings = await fetchLatest()
      answered = true
    } catch {
      // The connection's state says so: REST does not answer either.
    }
    if (mine !== round) return
    onOutcome(answered)
    if (answered) onReadings(readings)
    if (mine === round) cancel = timers.after(everyMs, () => void poll(mine))
  }

  return {
    arm() {
      if (cancel !== undefined) return
      const mine = round
      cancel = timers.after(afterMs, () => void poll(mine))
    },
    disarm() {
      if (cancel === undefined) return
      round += 1
      cancel()
      cancel = undefined
      onOutcome(undefined)
    },
  }
}
