import type { AlertRuleRequest } from '@iot/contracts'
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import {
  type Condition,
  causeOf,
  FLAPPING_CALM_MS,
  FLAPPING_OPENINGS,
  FLAPPING_WITHIN_MS,
  isFlapping,
  isOpen,
  keepCondition,
  restoreCondition,
} from './rule-condition.js'
import { CLOSES, type CompiledRule, compileRule, NOTHING, OPENS, type Verdict } from './rule-machine.js'

const START = Date.parse('2026-03-02T12:00:00Z')
const MINUTE = 60_000

type Happening =
  | { kind: 'reading'; value: number; atMs: number; nowMs: number; isSuppressed: boolean }
  | { kind: 'tick' | 'offline' | 'online' | 'resolve' | 'restart'; nowMs: number; isSuppressed: boolean }

interface Outcome {
  readonly verdict: Verdict
  /** of an opening */
  readonly isFlapping?: boolean
  readonly isSilent?: boolean
}

// --- the reference: it remembers what has happened and what came of it, and works everything out anew each time

function ms(duration: string): number {
  return Number(duration.slice(0, -1)) * (duration.endsWith('m') ? MINUTE : 1_000)
}

function inHours({ schedule }: AlertRuleRequest, atMs: number): boolean {
  const time = new Date(atMs).toISOString().slice(11, 16)
  return schedule === undefined || (time >= schedule.from && time < schedule.to)
}

/** Minute by minute. */
function inHoursThroughout(rule: AlertRuleRequest, fromMs: number, toMs: number): boolean {
  let isWithin = inHours(rule, toMs)
  for (let at = fromMs; rule.schedule && at < toMs; at += MINUTE) isWithin &&= inHours(rule, at)
  return isWithin
}

function side(rule: AlertRuleRequest, value: number): 'breach' | 'clear' | 'neither' {
  const { operator, value: limit = 0, low = 0, high = 0, clear = limit } = rule
  if (operator === '>') return value > limit ? 'breach' : value <= clear ? 'clear' : 'neither'
  if (operator === '<=') return value <= limit ? 'breach' : value >= clear ? 'clear' : 'neither'
  return value >= low && value <= high ? 'clear' : 'breach'
}

class Reference {
  readonly #rule: AlertRuleRequest
  readonly #isAboutDevice: boolean
  readonly #past: Happening[] = []
  readonly #outcomes: Outcome[] = []
  readonly #wasFree: boolean[] = []
  readonly #sides: ('breach' | 'clear' | 'neither' | undefined)[] = []

  constructor(rule: AlertRuleRequest) {
    this.#rule = rule
    this.#isAboutDevice = rule.operator === undefined && rule.sensorType === undefined
  }

  next(now: Happening): Outcome {
    this.#sides.push(this.#sideOf(now))
    this.#past.push(now)
    const opened = this.#openSince()
    this.#wasFree.push(opened === undefined && !this.#isHeld())
    const outcome = opened === undefined ? this.#opensNow(now) : this.#closesNow(opened, now)
    this.#outcomes.push(outcome)
    return outcome
  }

  /** What it says of the value: a reading newer than all before. */
  #sideOf(now: Happening): 'breach' | 'clear' | 'neither' | undefined {
    if (now.kind !== 'reading' || this.#rule.operator === undefined) return undefined
    const isLate = this.#past.some((one) => one.kind === 'reading' && one.atMs >= now.atMs)
    return isLate ? undefined : side(this.#rule, now.value)
  }

  #openSince(): number | undefined {
    const last = this.#outcomes.findLastIndex(({ verdict }) => verdict !== NOTHING)
    return this.#outcomes[last]?.verdict === OPENS ? last : undefined
  }

  #isOffline(at: number): boolean {
    const said = this.#past.slice(0, at + 1).findLast(({ kind }) => kind === 'offline' || kind === 'online')
    return this.#isAboutDevice && said?.kind === 'offline'
  }

  #isArrival(at: number): boolean {
    const { kind } = this.#past[at]!
    return kind === 'reading' || (kind === 'online' && this.#isAboutDevice)
  }

  #isSilent(at: number): boolean {
    const { noData } = this.#rule
    if (noData === undefined) return false
    const last = this.#past.findLast((_, index) => index <= at && this.#isArrival(index))
    return this.#isOffline(at) || (last !== undefined && this.#past[at]!.nowMs - last.nowMs >= ms(noData))
  }

  /** Whether what happened at `at` shows the condition of the alert opened at `opened` to be clear. */
  #clears(opened: number, at: number): boolean {
    if (this.#sides[at] === 'clear') return true
    const isOfSilence = this.#outcomes[opened]!.isSilent && !this.#sides.slice(opened, at).includes('breach')
    return isOfSilence! && this.#sides[at] !== 'breach' && this.#isArrival(at) && !this.#isOffline(at)
  }

  /** Resolved by hand, and not clear since. */
  #isHeld(): boolean {
    const closed = this.#outcomes.findLastIndex(({ verdict }) => verdict === CLOSES)
    if (this.#past[closed]?.kind !== 'resolve') return false
    const opened = this.#outcomes.findLastIndex(({ verdict }, at) => at < closed && verdict === OPENS)
    // What happens now comes after the question.
    return !this.#past.some((_, at) => at > closed && at < this.#past.length - 1 && this.#clears(opened, at))
  }

  #calmSince(opened: number, end: number): number | undefined {
    let sinceMs: number | undefined
    for (let at = opened + 1; at < end; at++) {
      const { kind, nowMs } = this.#past[at]!
      const isTime = kind === 'tick' || (kind === 'offline' && this.#isAboutDevice)
      if (this.#clears(opened, at)) sinceMs ??= nowMs
      else if (this.#sides[at] === 'breach' || (isTime && this.#isSilent(at))) sinceMs = undefined
    }
    return sinceMs
  }

  #closesNow(opened: number, { kind, nowMs }: Happening): Outcome {
    const at = this.#past.length - 1
    if (kind === 'resolve') return { verdict: CLOSES }
    const clears = this.#clears(opened, at)
    if (!this.#outcomes[opened]!.isFlapping) return { verdict: clears ? CLOSES : NOTHING }
    const isTime = clears || kind === 'tick'
    const sinceMs = this.#calmSince(opened, at + 1)
    return { verdict: isTime && sinceMs! <= nowMs - FLAPPING_CALM_MS ? CLOSES : NOTHING }
  }

  /** The readings in breach, without a break, that are there when `end` happens. */
  #run(end: number): { sinceMs: number; arrivedMs: number } | undefined {
    let run: { sinceMs: number; arrivedMs: number } | undefined
    for (let at = 0; at < end; at++) {
      const one = this.#past[at]!
      const isOver = run && one.kind === 'tick' && one.nowMs - run.arrivedMs >= ms(this.#rule.for ?? '0s')
      if (isOver || !this.#wasFree[at] || this.#outcomes[at]!.verdict !== NOTHING) run = undefined
      else if (one.kind === 'reading' && this.#sides[at] !== undefined) {
        if (this.#sides[at] !== 'breach' || !this.#mayOpen(one, one.atMs)) run = undefined
        else if (!run || !inHoursThroughout(this.#rule, run.sinceMs, one.atMs)) {
          run = { sinceMs: one.atMs, arrivedMs: one.nowMs }
        }
      }
    }
    return run
  }

  #mayOpen({ isSuppressed }: Happening, atMs: number): boolean {
    return !isSuppressed && inHours(this.#rule, atMs)
  }

  #opensNow(now: Happening): Outcome {
    const cause = this.#wasFree.at(-1) ? this.#causeNow(now) : undefined
    if (cause === undefined) return { verdict: NOTHING }
    const times = this.#past
      .filter((_, at) => this.#outcomes[at]?.verdict === OPENS)
      .map(({ nowMs }) => nowMs)
    const isOften = now.nowMs - times.at(1 - FLAPPING_OPENINGS)! <= FLAPPING_WITHIN_MS
    return { verdict: OPENS, isFlapping: isOften, isSilent: cause === 'silent' }
  }

  #causeNow(now: Happening): 'value' | 'silent' | undefined {
    const at = this.#past.length - 1
    const forMs = ms(this.#rule.for ?? '0s')
    const run = this.#run(at)
    if (now.kind === 'reading') {
      if (this.#sides[at] !== 'breach' || !this.#mayOpen(now, now.atMs)) return undefined
      const sinceMs = run && inHoursThroughout(this.#rule, run.sinceMs, now.atMs) ? run.sinceMs : now.atMs
      return now.atMs - sinceMs >= forMs ? 'value' : undefined
    }
    const isTime = now.kind === 'tick' || (now.kind === 'offline' && this.#isAboutDevice)
    if (!isTime || !this.#mayOpen(now, now.nowMs)) return undefined
    const isHeldLong = run !== undefined && now.nowMs - run.arrivedMs >= forMs
    if (isHeldLong && inHoursThroughout(this.#rule, run.arrivedMs, now.nowMs)) return 'value'
    return this.#isSilent(at) ? 'silent' : undefined
  }
}

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
