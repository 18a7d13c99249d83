import type { Alert } from '@iot/contracts'
import type { Loudness } from '../preferences/preferences-slice.js'

export interface AlertSignalsDeps {
  readonly sound: () => Loudness
  readonly desktop: () => Loudness
  readonly play: (severity: Alert['severity']) => void
  /** shows these as one */
  readonly notify: (alerts: readonly Alert[]) => void
  readonly nowMs: () => number
  readonly setTimer: (run: () => void, ms: number) => void
}

export interface AlertSignals {
  tell(opened: readonly Alert[]): void
}

/** More often it is noise; what comes meanwhile is told as one. */
const QUIET_MS = 10_000
/** Of a storm the first say what it is about. */
const MOST_KEPT = 100

/** Sound and desktop notifications of what has opened: at most one of each in ten seconds. */
export function createAlertSignals(deps: AlertSignalsDeps): AlertSignals {
  const { nowMs, setTimer } = deps
  let playedAtMs = Number.NEGATIVE_INFINITY
  let notifiedAtMs = Number.NEGATIVE_INFINITY
  let waiting: Alert[] = []
  let timed = false

  function playOnce(opened: readonly Alert[]): void {
    const loud = audible(opened, deps.sound())
    if (loud.length === 0 || nowMs() - playedAtMs < QUIET_MS) return
    playedAtMs = nowMs()
    deps.play(loud.some(({ severity }) => severity === 'critical') ? 'critical' : 'warning')
  }

  function notifySoon(): void {
    if (waiting.length === 0 || timed) return
    const restMs = notifiedAtMs + QUIET_MS - nowMs()
    if (restMs > 0) {
      timed = true
      setTimer(() => {
        timed = false
        notifySoon()
      }, restMs)
      return
    }
    notifiedAtMs = nowMs()
    const told = waiting
    waiting = []
    deps.notify(told)
  }

  return {
    tell(opened) {
      playOnce(opened)
      waiting = [...waiting, ...audible(opened, deps.desktop())].slice(0, MOST_KEPT)
      notifySoon()
    },
  }
}

function audible(alerts: readonly Alert[], loudness: Loudness): Alert[] {
  if (loudness === 'off') return []
  return alerts.filter(({ severity }) => loudness === 'all' || severity === 'critical')
}
