import type { Alert } from '@iot/contracts'
import { describe, expect, it } from '@jest/globals'
import type { Loudness } from '../preferences/preferences-slice.js'
import { createAlertSignals } from './create-alert-signals.js'

const opened = (severity: Alert['severity'], alertId: string = severity) => ({ alertId, severity }) as Alert

function setUp(sound: Loudness, desktop: Loudness) {
  const played: string[] = []
  const notified: string[][] = []
  const timers: { run: () => void; ms: number }[] = []
  const clock = { nowMs: 0 }
  const signals = createAlertSignals({
    sound: () => sound,
    desktop: () => desktop,
    play: (severity) => played.push(severity),
    notify: (alerts) => notified.push(alerts.map(({ alertId }) => alertId)),
    nowMs: () => clock.nowMs,
    setTimer: (run, ms) => timers.push({ run, ms }),
  })
  return { signals, played, notified, timers, clock }
}

describe('sound and desktop notifications of alerts', () => {
  it('are for what the viewer wants to hear of', () => {
    const { signals, played, notified } = setUp('critical', 'off')
    signals.tell([opened('warning')])
    expect(played).toEqual([])
    signals.tell([opened('warning'), opened('critical')])
    expect([played, notified]).toEqual([['critical'], []])
  })

  it('come at most once in ten seconds, and what came meanwhile is told as one', () => {
    const { signals, played, notified, timers, clock } = setUp('all', 'all')
    signals.tell([opened('critical', 'a')])
    clock.nowMs = 4_000
    signals.tell([opened('warning', 'b')])
    signals.tell([opened('warning', 'c')])
    expect([played, notified, timers.map(({ ms }) => ms)]).toEqual([['critical'], [['a']], [6_000]])
    clock.nowMs = 10_000
    timers.shift()!.run()
    expect(notified).toEqual([['a'], ['b', 'c']])
    signals.tell([opened('warning', 'd')])
    expect(played).toEqual(['critical', 'warning'])
  })
})
