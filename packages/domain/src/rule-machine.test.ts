import type { AlertRuleRequest } from '@iot/contracts'
import { beforeEach, describe, expect, it } from '@jest/globals'
import {
  type Condition,
  causeOf,
  isFlapping,
  isOpen,
  keepCondition,
  newCondition,
  restoreCondition,
} from './rule-condition.js'
import { createRuleIndex } from './rule-index.js'
import { CLOSES, type CompiledRule, compileRule, NOTHING, OPENS, type Verdict } from './rule-machine.js'
import { createPreview } from './rule-preview.js'

const warm: AlertRuleRequest = {
  name: 'Warm',
  sensorType: 'temperature',
  operator: '>',
  value: 85,
  severity: 'warning',
}
const silent: AlertRuleRequest = { name: 'Silent', noData: '5m', severity: 'critical' }
const SECOND = 1_000
const MINUTE = 60_000
const NOON = Date.parse('2026-03-02T12:00:00Z')

let state: Condition
beforeEach(() => {
  state = newCondition()
})

/** A reading that arrives when it is taken. */
function read(rule: CompiledRule, value: number, afterMs: number, isSuppressed = false): Verdict {
  return rule.judge(state, value, NOON + afterMs, NOON + afterMs, isSuppressed)
}

function tick(rule: CompiledRule, afterMs: number, isSuppressed = false): Verdict {
  return rule.tick(state, NOON + afterMs, isSuppressed)
}

function due(rule: CompiledRule): number {
  return rule.dueMs(state) - NOON
}

describe('a rule about values', () => {
  it.each<[Partial<AlertRuleRequest>, number[], Verdict[]]>([
    [{ operator: '>' }, [85, 86, 87, 85], [NOTHING, OPENS, NOTHING, CLOSES]],
    [{ operator: '>=' }, [84, 85, 84.9], [NOTHING, OPENS, CLOSES]],
    [{ operator: '<' }, [85, 84, 85], [NOTHING, OPENS, CLOSES]],
    [{ operator: '<=' }, [86, 85, 85.1], [NOTHING, OPENS, CLOSES]],
    [{ operator: '=' }, [84, 85, 86], [NOTHING, OPENS, CLOSES]],
    [{ operator: '!=' }, [85, 84, 85], [NOTHING, OPENS, CLOSES]],
    [{ operator: '>', clear: 80 }, [86, 82, 86, 80], [OPENS, NOTHING, NOTHING, CLOSES]],
    [{ operator: '<=', clear: 90 }, [85, 89, 90], [OPENS, NOTHING, CLOSES]],
    [
      { operator: 'outside', value: undefined, low: 1, high: 2 },
      [1, 2, 2.1, 1],
      [NOTHING, NOTHING, OPENS, CLOSES],
    ],
    [
      { operator: 'inside', value: undefined, low: 1, high: 2 },
      [0.9, 1, 2, 3],
      [NOTHING, OPENS, NOTHING, CLOSES],
    ],
  ])('%j judges %j', (change, values, verdicts) => {
    const rule = compileRule({ ...warm, ...change })
    expect(values.map((value, at) => read(rule, value, at * SECOND))).toEqual(verdicts)
  })

  it('is not judged by what is late or repeated', () => {
    const rule = compileRule(warm)
    expect(read(rule, 90, 10)).toBe(OPENS)
    expect([read(rule, 20, 9), read(rule, 20, 10)]).toEqual([NOTHING, NOTHING])
    expect(read(rule, 20, 11)).toBe(CLOSES)
  })

  it('counts `for` by the time of the readings, and from anew after any that is not in breach', () => {
    const rule = compileRule({ ...warm, for: '1m', clear: 80 })
    expect([read(rule, 90, 0), read(rule, 90, 59_999)]).toEqual([NOTHING, NOTHING])
    expect(read(rule, 82, 59_999.5)).toBe(NOTHING)
    expect([read(rule, 90, 70_000), read(rule, 90, 129_999)]).toEqual([NOTHING, NOTHING])
    expect(read(rule, 90, 130_000)).toBe(OPENS)
  })

  it('counts `for` by our clock where nothing else comes, from the arrival on', () => {
    const rule = compileRule({ ...warm, for: '1m' })
    rule.judge(state, 90, NOON - 3_600_000, NOON, false)
    expect(due(rule)).toBe(MINUTE)
    expect(tick(rule, MINUTE - 1)).toBe(NOTHING)
    expect(tick(rule, MINUTE)).toBe(OPENS)
    expect(due(rule)).toBe(Number.POSITIVE_INFINITY)
  })

  it('opens not in maintenance, and closes all the same', () => {
    const rule = compileRule({ ...warm, for: '1m' })
    read(rule, 90, 0)
    expect(read(rule, 90, 30 * SECOND, true)).toBe(NOTHING)
    expect([read(rule, 90, MINUTE), read(rule, 90, 2 * MINUTE)]).toEqual([NOTHING, OPENS])
    expect(read(rule, 20, 3 * MINUTE, true)).toBe(CLOSES)
    read(rule, 90, 4 * MINUTE)
    expect(tick(rule, 6 * MINUTE, true)).toBe(NOTHING)
    expect(due(rule)).toBe(Number.POSITIVE_INFINITY)
  })

  it('opens in its hours only, `for` included', () => {
    const hours = { from: '11:00', to: '12:10', timeZone: 'UTC' }
    const rule = compileRule({ ...warm, for: '5m', schedule: { ...hours, days: ['mon', 'tue'] } })
    expect([read(rule, 90, 6 * MINUTE), tick(rule, 11 * MINUTE)]).toEqual([NOTHING, NOTHING])
    read(rule, 90, 7 * MINUTE)
    // On the next day, nothing having come in between: it has not held all the time.
    const day = 86_400_000
    expect([read(rule, 90, day), read(rule, 90, day + 5 * MINUTE)]).toEqual([NOTHING, OPENS])
    expect(read(rule, 20, day + 60 * MINUTE)).toBe(CLOSES)
  })

  it('resolved by hand waits for its condition to clear once', () => {
    const rule = compileRule({ ...warm, clear: 80 })
    read(rule, 90, 0)
    rule.setClosed(state, 'resolved')
    expect([90, 82, 90, 79, 90].map((value, at) => read(rule, value, 1 + at))).toEqual([
      NOTHING,
      NOTHING,
      NOTHING,
      NOTHING,
      OPENS,
    ])
  })

  it('that opens by silence too ends with a value that is not in breach', () => {
    const rule = compileRule({ ...warm, clear: 80, noData: '5m' })
    read(rule, 20, 0)
    expect([tick(rule, 5 * MINUTE - 1), tick(rule, 5 * MINUTE)]).toEqual([NOTHING, OPENS])
    expect(causeOf(state)).toBe('silent')
    expect(read(rule, 82, 6 * MINUTE)).toBe(CLOSES)
    expect(tick(rule, 20 * MINUTE)).toBe(OPENS)
    expect(read(rule, 90, 21 * MINUTE)).toBe(NOTHING)
    expect(causeOf(state)).toBe('value')
    expect([read(rule, 82, 22 * MINUTE), read(rule, 80, 23 * MINUTE)]).toEqual([NOTHING, CLOSES])
  })

  it('does as the log says, however often it is told', () => {
    const rule = compileRule(warm)
    const opened = { clockMs: NOON, isFlapping: false, isSilent: false }
    for (let times = 0; times < 2; times++) rule.setOpen(state, opened)
    expect(isOpen(state)).toBe(true)
    expect(read(rule, 90, 1)).toBe(NOTHING)
    for (let times = 0; times < 2; times++) rule.setClosed(state, 'cleared')
    expect(read(rule, 90, 2)).toBe(OPENS)
    expect(isFlapping(state)).toBe(false)
  })

  it('decides nothing by what was decided on before, and remembers it', () => {
    const rule = compileRule({ ...warm, for: '1m' })
    rule.recall(state, 90, NOON, NOON, false)
    expect(read(rule, 90, MINUTE)).toBe(OPENS)
    rule.recall(state, 20, NOON + 2 * MINUTE, NOON + 2 * MINUTE, false)
    expect(isOpen(state)).toBe(true)
    expect(read(rule, 20, 2 * MINUTE)).toBe(NOTHING)
    expect(read(rule, 20, 3 * MINUTE)).toBe(CLOSES)
  })
})

describe('a rule that opens and closes again and again', () => {
  it('is said to flap at the fourth time in a quarter of an hour, and closes when it has been calm', () => {
    const rule = compileRule(warm)
    for (let at = 0; at < 3; at++) {
      expect(read(rule, 90, at * 5 * MINUTE)).toBe(OPENS)
      expect(isFlapping(state)).toBe(false)
      expect(read(rule, 20, at * 5 * MINUTE + 1)).toBe(CLOSES)
    }
    expect(read(rule, 90, 15 * MINUTE)).toBe(OPENS)
    expect(isFlapping(state)).toBe(true)
    expect([read(rule, 20, 16 * MINUTE), read(rule, 90, 17 * MINUTE)]).toEqual([NOTHING, NOTHING])
    expect([read(rule, 20, 18 * MINUTE), read(rule, 20, 22 * MINUTE)]).toEqual([NOTHING, NOTHING])
    expect(due(rule)).toBe(23 * MINUTE)
    expect(tick(rule, 23 * MINUTE)).toBe(CLOSES)
    expect(isFlapping(state)).toBe(false)
    expect(read(rule, 90, 40 * MINUTE)).toBe(OPENS)
    expect(isFlapping(state)).toBe(false)
  })
})

describe('a rule about silence', () => {
  it('opens when nothing has come for so long, and closes with whatever comes', () => {
    const rule = compileRule({ ...silent, sensorType: 'temperature' })
    expect(due(rule)).toBe(Number.POSITIVE_INFINITY)
    read(rule, 1, 0)
    // late by its own time, and there all the same
    expect(rule.judge(state, 1, NOON - MINUTE, NOON + MINUTE, false)).toBe(NOTHING)
    expect(due(rule)).toBe(6 * MINUTE)
    expect([tick(rule, 6 * MINUTE - 1), tick(rule, 6 * MINUTE)]).toEqual([NOTHING, OPENS])
    expect(rule.judge(state, 1, NOON - MINUTE, NOON + 7 * MINUTE, false)).toBe(CLOSES)
    expect(rule.setOffline(state, true, NOON + 8 * MINUTE, false)).toBe(NOTHING)
  })

  it('about a device opens at once when it is said to be offline, until it is said to be back', () => {
    const rule = compileRule(silent)
    read(rule, 1, 0)
    expect(rule.setOffline(state, true, NOON + 1, false)).toBe(OPENS)
    expect(causeOf(state)).toBe('offline')
    expect(read(rule, 1, 2)).toBe(NOTHING)
    expect(rule.setOffline(state, false, NOON + 3, false)).toBe(CLOSES)
    expect(due(rule)).toBe(5 * MINUTE + 3)
  })

  it('opens after maintenance where it lasts, and is not asked about all the time until then', () => {
    const rule = compileRule(silent)
    expect(rule.setOffline(state, true, NOON, true)).toBe(NOTHING)
    expect(due(rule)).toBe(10 * SECOND)
    expect(tick(rule, due(rule))).toBe(OPENS)
  })

  it('opens when its hours begin', () => {
    const schedule = { days: ['tue' as const], from: '08:00', to: '17:00', timeZone: 'UTC' }
    const rule = compileRule({ ...silent, schedule })
    read(rule, 1, 0)
    expect(tick(rule, due(rule))).toBe(NOTHING)
    expect(new Date(rule.dueMs(state)).toISOString()).toBe('2026-03-03T08:00:00.000Z')
    expect(tick(rule, due(rule))).toBe(OPENS)
  })

  it('resolved by hand stays closed until something comes', () => {
    const rule = compileRule(silent)
    read(rule, 1, 0)
    tick(rule, 5 * MINUTE)
    rule.setClosed(state, 'resolved')
    expect([due(rule), tick(rule, 60 * MINUTE)]).toEqual([Number.POSITIVE_INFINITY, NOTHING])
    read(rule, 1, 61 * MINUTE)
    expect(tick(rule, 66 * MINUTE)).toBe(OPENS)
  })
})

describe('what is remembered', () => {
  it('survives as JSON, and time in which nobody listened is not held against a device', () => {
    const rule = compileRule({ ...warm, for: '10m', noData: '5m' })
    read(rule, 90, 0)
    const kept = JSON.parse(JSON.stringify(keepCondition(state)))
    expect(restoreCondition(kept)).toEqual(state)
    expect(rule.dueMs(restoreCondition(kept, 30 * MINUTE)) - NOON).toBe(35 * MINUTE)
    state = restoreCondition(kept, 30 * MINUTE)
    expect(tick(rule, 35 * MINUTE)).toBe(OPENS)
    expect(restoreCondition(JSON.parse(JSON.stringify(keepCondition(state))))).toEqual(state)
  })

  it('is nothing where nothing has happened', () => {
    expect(keepCondition(state)).toBeUndefined()
    expect(restoreCondition([0])).toEqual(newCondition())
  })
})

describe('rules by what they are about', () => {
  it('are found without looking at the others', () => {
    const rules = [
      { ...warm, name: 'all' },
      { ...warm, name: 'north', site: 'north' },
      { ...warm, name: 'd1', deviceId: 'd1' },
      { ...warm, name: 'off', enabled: false },
      { ...warm, name: 'wet', sensorType: 'humidity', deviceId: 'd1' },
      { ...silent, name: 'silent' },
    ].map(compileRule)
    const index = createRuleIndex(rules)
    const namesOf = (found: readonly CompiledRule[]) => found.map(({ rule }) => rule.name)
    expect(namesOf(index.forSensor('d1', 'north', 'temperature'))).toEqual(['all', 'north', 'd1'])
    expect(namesOf(index.forSensor('d2', 'south', 'temperature'))).toEqual(['all'])
    expect(namesOf(index.forSensor('d1', undefined, 'humidity'))).toEqual(['wet'])
    expect(namesOf(index.forSensor('d2', undefined, 'humidity'))).toEqual([])
    expect(namesOf(index.forDevice('d2', undefined))).toEqual(['silent'])
    expect(index.forSensor('d2', 'south', 'temperature')).toBe(
      index.forSensor('d3', undefined, 'temperature'),
    )
  })
})

describe('a preview', () => {
  it('finds when a rule would have opened, also where nothing came', () => {
    const preview = createPreview(compileRule({ ...warm, for: '1m', noData: '5m' }), { silentFromMs: NOON })
    preview.reading(NOON + 6 * MINUTE, 20)
    preview.reading(NOON + 7 * MINUTE, 90)
    preview.reading(NOON + 9 * MINUTE, 20)
    preview.reading(NOON + 14 * MINUTE, 20)
    const minutes = (count: number) => NOON + count * MINUTE
    expect(preview.end(minutes(30))).toEqual({
      count: 3,
      episodes: [
        { openedAtMs: minutes(5), closedAtMs: minutes(6) },
        { openedAtMs: minutes(8), closedAtMs: minutes(9) },
        { openedAtMs: minutes(19) },
      ],
    })
  })

  it('counts what it has no room to tell', () => {
    const preview = createPreview(compileRule(warm), { maxEpisodes: 2 })
    for (let hour = 0; hour < 5; hour++) {
      preview.reading(NOON + hour * 60 * MINUTE, 90)
      preview.reading(NOON + hour * 60 * MINUTE + MINUTE, 20)
    }
    const { count, episodes } = preview.end(NOON + 10 * 60 * MINUTE)
    expect(count).toBe(5)
    expect(episodes.map(({ openedAtMs }) => openedAtMs - NOON)).toEqual([0, 60 * MINUTE])
  })
})

describe('a rule that can’t be used', () => {
  it('is not compiled, and says why', () => {
    expect(() => compileRule({ ...warm, value: undefined })).toThrow(
      'the rule “Warm” can’t be used: value: “>” needs the value to compare with',
    )
  })
})
