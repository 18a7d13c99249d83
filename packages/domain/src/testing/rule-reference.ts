import type { AlertRuleRequest } from '@iot/contracts'
import { FLAPPING_CALM_MS, FLAPPING_OPENINGS, FLAPPING_WITHIN_MS } from '../rule-condition.js'
import { CLOSES, NOTHING, OPENS, type Verdict } from '../rule-machine.js'

const MINUTE = 60_000

/** What a rule may be told. */
export type Happening =
  | { kind: 'reading'; value: number; atMs: number; nowMs: number; isSuppressed: boolean }
  | { kind: 'tick' | 'offline' | 'online' | 'resolve' | 'restart'; nowMs: number; isSuppressed: boolean }

/** What comes of it. */
export interface Outcome {
  readonly verdict: Verdict
  /** of an opening */
  readonly isFlapping?: boolean
  readonly isSilent?: boolean
}

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

/**
 * What the rule machine is held against: it remembers what has happened and what came of it, and works everything out
 * anew each time.
 */
export class Reference {
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
