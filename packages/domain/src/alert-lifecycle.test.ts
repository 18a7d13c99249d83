import { type Alert, type AlertActionRecord, AlertId, closeAlert, transitionCounts } from '@iot/contracts'
import { describe, expect, it } from '@jest/globals'
import { Check } from 'typebox/value'
import { alertIdOf } from './alert-id.js'
import {
  type AlertDecision,
  decideAction,
  openAlert,
  unshelveAlert,
  worstSeverity,
} from './alert-lifecycle.js'

const AT = '2026-03-01T10:00:00.000Z'
const LATER = '2026-03-01T11:00:00.000Z'
const opened = openAlert({
  alertId: 'a1',
  deviceId: 'd1',
  sensorType: 'temperature',
  severity: 'warning',
  type: 'threshold',
  message: 'Too warm',
  ruleId: 'r1',
  ruleRevision: 1,
  ruleName: 'Warm',
  site: undefined,
  episode: 1,
  timestamp: AT,
})

function act(action: AlertActionRecord['action'], more: Partial<AlertActionRecord> = {}): AlertActionRecord {
  return { actionId: 'x', alertId: 'a1', key: 'd1', action, by: 'anna', timestamp: AT, ...more }
}

function granted(decision: AlertDecision): Alert {
  if (!decision.granted) throw new Error(decision.message)
  return decision.alert
}

const acknowledged = granted(decideAction(opened, act('acknowledge'), AT))
const shelved = granted(decideAction(opened, act('shelve', { until: LATER }), AT))
const closed = closeAlert(opened, { reason: 'cleared', timestamp: LATER })

describe('the life of an alert', () => {
  it('begins open, with what is known alone', () => {
    expect(opened).toMatchObject({ state: 'open', seq: 1, openedAt: AT, timestamp: AT })
    expect(Object.keys(opened)).not.toContain('site')
  })

  it('says who took it on, and takes it off the shelf with that', () => {
    expect(acknowledged).toMatchObject({ state: 'acknowledged', acknowledgedBy: 'anna', seq: 2 })
    const fromShelf = granted(decideAction(shelved, act('acknowledge', { by: 'ben' }), LATER))
    expect(fromShelf).toMatchObject({ state: 'acknowledged', acknowledgedBy: 'ben', seq: 3 })
    expect(fromShelf).not.toHaveProperty('shelvedUntil')
  })

  it('goes on after the shelf where it was before', () => {
    expect(unshelveAlert(shelved, LATER)).toMatchObject({ state: 'open', seq: 3 })
    const both = granted(decideAction(acknowledged, act('shelve', { until: LATER, by: 'ben' }), AT))
    expect(both).toMatchObject({ state: 'shelved', shelvedBy: 'ben', acknowledgedBy: 'anna' })
    const back = granted(decideAction(both, act('unshelve'), LATER))
    expect(back).toMatchObject({ state: 'acknowledged', acknowledgedBy: 'anna' })
    expect(back).not.toHaveProperty('shelvedBy')
  })

  it('can be put aside for longer while it is aside', () => {
    const until = '2026-03-02T00:00:00.000Z'
    expect(granted(decideAction(shelved, act('shelve', { until }), AT)).shelvedUntil).toBe(until)
  })

  it('ends by hand or by its condition, with the reason, and never before it began', () => {
    expect(granted(decideAction(shelved, act('resolve'), LATER))).toMatchObject({
      state: 'closed',
      closeReason: 'resolved',
      closedAt: LATER,
    })
    const early = closeAlert(opened, {
      reason: 'cleared',
      timestamp: LATER,
      closedAt: '2026-01-01T00:00:00.000Z',
    })
    expect(early).toMatchObject({ closedAt: AT, timestamp: LATER })
  })

  it('takes comments at any time', () => {
    for (const current of [opened, acknowledged, shelved, closed]) {
      const commented = granted(decideAction(current, act('comment', { comment: 'seen' }), LATER))
      expect(commented).toEqual({ ...current, seq: current.seq + 1, timestamp: LATER })
    }
  })

  it.each<[string, Alert | undefined, AlertActionRecord]>([
    ['It is over, and nothing can be added to it any more', undefined, act('acknowledge')],
    ['Already acknowledged by anna', acknowledged, act('acknowledge', { by: 'ben' })],
    ['It is closed', closed, act('acknowledge')],
    ['It is closed', closed, act('resolve')],
    ['It is closed', closed, act('shelve', { until: LATER })],
    ['It is not put aside', acknowledged, act('unshelve')],
    ['Say until when it is to be put aside', opened, act('shelve')],
    ['The time until which it was to be put aside is over', opened, act('shelve', { until: AT })],
    ['The comment has no text', opened, act('comment')],
  ])('refuses with “%s”', (message, current, action) => {
    expect(decideAction(current, action, AT)).toEqual({ granted: false, message })
  })

  it('takes so many entries and can then only be closed', () => {
    const full = { ...opened, seq: 1_000 }
    const comment = act('comment', { comment: 'again' })
    expect(granted(decideAction({ ...opened, seq: 999 }, comment, LATER)).seq).toBe(1_000)
    for (const action of [comment, act('shelve', { until: LATER }), act('acknowledge')]) {
      expect(decideAction(full, action, AT)).toEqual({
        granted: false,
        message: 'It has 1000 entries already: resolve it',
      })
    }
    expect(granted(decideAction(full, act('resolve'), LATER)).state).toBe('closed')
  })

  it('makes a reading as bad as the worst alert that is not closed', () => {
    const critical: Alert = { ...acknowledged, severity: 'critical' }
    expect(worstSeverity([])).toBe('normal')
    expect(worstSeverity([{ ...critical, state: 'closed' }])).toBe('normal')
    expect(worstSeverity([shelved, closed])).toBe('warning')
    expect(worstSeverity([opened, critical])).toBe('critical')
  })
})

describe('of two who write at once', () => {
  it('the first opening counts, and the same again does not, even once it is closed', () => {
    const record = { transition: 'opened', alert: opened } as const
    expect(transitionCounts(undefined, record)).toBe(true)
    expect(transitionCounts(opened, record)).toBe(false)
    expect(transitionCounts(closed, record)).toBe(false)
    const second = { transition: 'opened', alert: { ...opened, alertId: 'a2', episode: 2 } } as const
    expect(transitionCounts(closed, second)).toBe(true)
    expect(transitionCounts(opened, second)).toBe(false)
    expect(transitionCounts(closed, { ...second, alert: { ...second.alert, episode: 3 } })).toBe(false)
  })

  it('the first transition counts: the other is not the next any more', () => {
    expect(transitionCounts(opened, { transition: 'acknowledged', alert: acknowledged })).toBe(true)
    expect(transitionCounts(shelved, { transition: 'acknowledged', alert: acknowledged })).toBe(false)
    expect(transitionCounts(undefined, { transition: 'acknowledged', alert: acknowledged })).toBe(false)
    expect(transitionCounts({ ...opened, alertId: 'a2' }, { transition: 'closed', alert: closed })).toBe(
      false,
    )
  })

  it('nothing but words follows the end', () => {
    const seq = closed.seq + 1
    expect(transitionCounts(closed, { transition: 'commented', alert: { ...closed, seq } })).toBe(true)
    expect(transitionCounts(closed, { transition: 'closed', alert: { ...closed, seq } })).toBe(false)
  })
})

describe('the id of an alert', () => {
  const parts = { epoch: 'e', ruleId: 'r', ruleRevision: 1, key: 'd', sensorType: 't', episode: 1, upTo: 7 }

  it('is the same for the same decision and another for any other', () => {
    expect(alertIdOf({ ...parts })).toBe(alertIdOf(parts))
    const others = [
      { epoch: 'f' },
      { ruleId: 'rd' },
      { ruleRevision: 2 },
      { key: 'site:d' },
      { sensorType: undefined },
      { sensorType: 'null' },
      { episode: 2 },
      { upTo: 8 },
    ].map((change) => alertIdOf({ ...parts, ...change }))
    expect(new Set([...others, alertIdOf(parts)]).size).toBe(others.length + 1)
    for (const id of others) expect(Check(AlertId, id)).toBe(true)
  })

  it('spreads over all of its bits', () => {
    const ids = Array.from({ length: 4_000 }, (_, upTo) => alertIdOf({ ...parts, upTo }))
    // 40 bits: of so few values no two are alike by chance
    for (const from of [0, 8, 16, 22]) {
      expect(new Set(ids.map((id) => id.slice(from, from + 10))).size).toBe(ids.length)
    }
    const ones = Array.from({ length: 128 }, (_, bit) => ids.filter((id) => isSet(id, bit)).length)
    expect(Math.min(...ones)).toBeGreaterThan(1_800)
    expect(Math.max(...ones)).toBeLessThan(2_200)
  })
})

function isSet(id: string, bit: number): boolean {
  return ((Number.parseInt(id[bit >> 2]!, 16) >> (bit & 3)) & 1) === 1
}
