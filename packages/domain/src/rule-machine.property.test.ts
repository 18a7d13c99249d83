import type { AlertRuleRequest } from '@iot/contracts'
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import {
  type Condition,
  causeOf,
  isFlapping,
  isOpen,
  keepCondition,
  restoreCondition,
} from './rule-condition.js'
import { CLOSES, type CompiledRule, compileRule, NOTHING, OPENS, type Verdict } from './rule-machine.js'
import { type Happening, type Outcome, Reference } from './testing/rule-reference.js'

const START = Date.parse('2026-03-02T12:00:00Z')

// --- the machine, told the same

class Machine {
  readonly #rule: CompiledRule
  #state: Condition

  constructor(rule: AlertRuleRequest, kept: readonly number[] = [0]) {
    this.#rule = compileRule(rule)
    this.#state = restoreCondition(kept)
  }

  keep(): number[] {
    return keepCondition(this.#state) ?? [0]
  }

  /** What the log says of it. */
  hear(
    { kind, nowMs: clockMs }: Happening,
    { verdict, isFlapping = false, isSilent = false }: Outcome,
  ): void {
    if (verdict === OPENS) this.#rule.setOpen(this.#state, { clockMs, isFlapping, isSilent })
    if (verdict === CLOSES) this.#rule.setClosed(this.#state, kind === 'resolve' ? 'resolved' : 'cleared')
  }

  recall(now: Happening): void {
    if (now.kind !== 'reading') return
    this.#rule.recall(this.#state, now.value, now.atMs, now.nowMs, now.isSuppressed)
  }

  next(now: Happening): Outcome {
    const wasOpen = isOpen(this.#state)
    const verdict = this.#tell(now)
    if (verdict !== OPENS) return { verdict: wasOpen && !isOpen(this.#state) ? CLOSES : verdict }
    return { verdict, isFlapping: isFlapping(this.#state), isSilent: causeOf(this.#state) !== 'value' }
  }

  #tell(now: Happening): Verdict {
    const { nowMs, isSuppressed } = now
    switch (now.kind) {
      case 'reading':
        return this.#rule.judge(this.#state, now.value, now.atMs, nowMs, isSuppressed)
      case 'tick':
        return this.#tick(nowMs, isSuppressed)
      case 'offline':
      case 'online':
        return this.#rule.setOffline(this.#state, now.kind === 'offline', nowMs, isSuppressed)
      case 'resolve':
        this.#rule.setClosed(this.#state, 'resolved')
        return NOTHING
      case 'restart':
        this.#state = restoreCondition(JSON.parse(JSON.stringify(this.keep())))
        return NOTHING
    }
  }

  /** Also: a tick before it is due changes nothing, and after one that is due nothing is due. */
  #tick(nowMs: number, isSuppressed: boolean): Verdict {
    const before = keepCondition(this.#state)
    const isEarly = nowMs < this.#rule.dueMs(this.#state)
    const isPutOff = Number.isFinite(this.#state.past?.notBeforeMs ?? Number.NEGATIVE_INFINITY)
    const verdict = this.#rule.tick(this.#state, nowMs, isSuppressed)
    if (isEarly && !isPutOff) expect(keepCondition(this.#state)).toEqual(before)
    expect(this.#rule.dueMs(this.#state)).toBeGreaterThan(nowMs)
    return verdict
  }
}

// --- what happens

const rules: fc.Arbitrary<AlertRuleRequest> = fc
  .record({
    limits: fc.constantFrom<Partial<AlertRuleRequest>>(
      { operator: '>', value: 85, clear: 80 },
      { operator: '<=', value: 85 },
      { operator: 'outside', low: 80, high: 85 },
      {},
    ),
    isOfSensor: fc.boolean(),
    for: fc.constantFrom(undefined, undefined, undefined, '30s', '2m'),
    noData: fc.constantFrom(undefined, '1m', '7m'),
    isScheduled: fc.constantFrom(false, false, false, false, true),
  })
  .map(({ limits, isOfSensor, for: held, noData, isScheduled }) => ({
    name: 'Any',
    severity: 'warning' as const,
    ...limits,
    ...(isOfSensor || limits.operator ? { sensorType: 'temperature' } : {}),
    ...(limits.operator ? { for: held, noData } : { noData: noData ?? '1m' }),
    ...(isScheduled && {
      schedule: { days: ['mon' as const], from: '12:02', to: '12:09', timeZone: 'UTC' },
    }),
  }))

const happenings: fc.Arbitrary<Happening[]> = fc
  .array(
    fc.record({
      kind: fc.constantFrom<Happening['kind'][]>(
        ...(['reading', 'reading', 'reading', 'reading', 'reading', 'tick', 'tick', 'tick'] as const),
        ...(['offline', 'online', 'resolve', 'restart'] as const),
      ),
      afterMs: fc.constantFrom(0, 1, 10_000, 10_000, 10_000, 10_000, 30_000, 30_000, 60_000, 300_000),
      lagMs: fc.constantFrom(0, 0, 0, 0, 0, 0, 5_000, 60_000),
      value: fc.constantFrom(70, 70, 83, 90, 90),
      suppressed: fc.constantFrom(false, false, false, false, false, false, false, true),
    }),
    { minLength: 20, maxLength: 40, size: 'max' },
  )
  .map((steps) => {
    let nowMs = START
    return steps.map(({ kind, afterMs, lagMs, value, suppressed: isSuppressed }) => {
      nowMs += afterMs
      if (kind === 'reading') return { kind, value, atMs: nowMs - lagMs, nowMs, isSuppressed }
      return { kind, nowMs, isSuppressed }
    })
  })

/** Readings alone, each at its offset, and what a person resolves. */
const simpleRules = rules
  .map(({ noData: _, schedule: __, ...rule }) => rule)
  .filter((rule) => rule.operator !== undefined)
const redelivered = fc.record({
  rule: simpleRules,
  steps: happenings.map((steps) => steps.filter(({ kind }) => kind === 'reading' || kind === 'resolve')),
  snapshotAt: fc.nat(20),
  crashAt: fc.nat(40),
})

describe('the machine', () => {
  it('says what one says who knows all of the past: late, repeated, suppressed, resolved, restarted', () => {
    const seen = { opened: 0, closed: 0, flapping: 0, silent: 0 }
    fc.assert(
      fc.property(rules, happenings, (rule, steps) => {
        const reference = new Reference(rule)
        const machine = new Machine(rule)
        for (const step of steps) {
          const expected = reference.next(step)
          expect({ step, ...machine.next(step) }).toEqual({ step, ...expected })
          if (expected.verdict === OPENS) seen.opened++
          if (expected.verdict === CLOSES) seen.closed++
          if (expected.isFlapping) seen.flapping++
          if (expected.isSilent) seen.silent++
        }
      }),
      { numRuns: 350 },
    )
    // It has been about something.
    expect(seen.opened).toBeGreaterThan(200)
    expect(seen.closed).toBeGreaterThan(200)
    expect(seen.flapping).toBeGreaterThan(0)
    expect(seen.silent).toBeGreaterThan(50)
  })

  it('goes on as if nothing had happened after a crash: from a snapshot, the log and the readings again', () => {
    let decided = 0
    fc.assert(
      fc.property(redelivered, ({ rule, steps, snapshotAt, crashAt: wanted }) => {
        const crashAt = Math.min(steps.length, Math.max(snapshotAt, wanted))
        const first = new Machine(rule)
        const outcomes: Outcome[] = []
        let kept: number[] = [0]
        for (const [at, step] of steps.entries()) {
          if (at === snapshotAt) kept = first.keep()
          outcomes.push(first.next(step))
        }
        const second = new Machine(rule, kept)
        const decidedOn = outcomes.findLastIndex(({ verdict }, at) => at < crashAt && verdict !== NOTHING)
        for (let at = snapshotAt; at <= decidedOn; at++) second.hear(steps[at]!, outcomes[at]!)
        for (let at = snapshotAt; at < steps.length; at++) {
          if (at <= decidedOn) second.recall(steps[at]!)
          else expect({ at, ...second.next(steps[at]!) }).toEqual({ at, ...outcomes[at] })
        }
        if (decidedOn >= snapshotAt) decided++
      }),
      { numRuns: 300 },
    )
    expect(decided).toBeGreaterThan(50)
  })
})
