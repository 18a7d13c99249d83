import type { AlertCloseReason, AlertRuleRequest } from '@iot/contracts'
import { parseDuration } from './parse-duration.js'
import {
  type Condition,
  FLAPPING,
  FLAPPING_CALM_MS,
  FLAPPING_OPENINGS,
  FLAPPING_WITHIN_MS,
  HELD,
  NEVER,
  OFFLINE,
  OPEN,
  pastOf,
  SILENT,
} from './rule-condition.js'
import { ruleFaults } from './rule-faults.js'
import { Schedule } from './schedule.js'
import { ValueLimits } from './value-limits.js'

/** What a rule says to what it was told: nothing, that it opens, or that it closes. */
export type Verdict = 0 | 1 | 2
export const NOTHING = 0
export const OPENS = 1
export const CLOSES = 2

/** Silence during maintenance is looked at again after so long: nobody says when maintenance ends. */
const LOOK_AGAIN_MS = 10_000

/**
 * A rule made ready to judge, for all of its devices and sensors; what it knows of one of them is a `Condition`.
 *
 * A value is in breach, or clear, or neither of them (between the limit and `clear`). In breach it opens, at once or
 * after `for`; clear it closes. `for` is counted by the readings’ own time as long as they come, and by our clock
 * (`tick`) when none do. Only a reading newer than all before it says anything about the value.
 *
 * Silence is counted from the last arrival, late readings included, by our clock and in `tick` alone: whoever is behind
 * the log doesn’t call it. A rule with limits that has opened by silence closes with the first reading that is not in
 * breach, and stays open with one that is. A rule about silence alone takes any reading as its end. About a device as a
 * whole it opens at once when the device is said to be offline (`setOffline`), and readings don’t end that: one may
 * have been on its way; that the device is online again is said the same way, and counts as an arrival.
 *
 * Suppressed (maintenance) or outside of the schedule nothing opens and `for` starts over; closing goes on. Silence that
 * lasts opens when that time is over.
 */
export class CompiledRule<Rule extends AlertRuleRequest = AlertRuleRequest> {
  readonly rule: Rule
  /** it has an operator; otherwise it is a connectivity rule */
  readonly mindsValues: boolean
  readonly mindsSilence: boolean
  /** it minds silence of a device as a whole: every reading of the device is to be shown to it */
  readonly isAboutDevice: boolean
  readonly #limits: ValueLimits
  readonly #forMs: number
  readonly #noDataMs: number
  readonly #schedule: Schedule | undefined

  /** Throws where the rule has faults: `ruleFaults` says which. */
  constructor(rule: Rule) {
    const [fault] = ruleFaults(rule)
    if (fault) throw new Error(`the rule “${rule.name}” can’t be used: ${fault.field}: ${fault.message}`)
    this.rule = rule
    this.#limits = new ValueLimits(rule)
    this.#forMs = durationMs(rule.for) ?? 0
    this.#noDataMs = durationMs(rule.noData) ?? Number.POSITIVE_INFINITY
    this.#schedule = rule.schedule && new Schedule(rule.schedule)
    this.mindsValues = rule.operator !== undefined
    this.mindsSilence = rule.noData !== undefined
    this.isAboutDevice = rule.operator === undefined && rule.sensorType === undefined
  }

  /** A reading, taken at `atMs` by its own time. A late one or a repeat is an arrival and nothing more. */
  judge(state: Condition, value: number, atMs: number, arrivedMs: number, isSuppressed: boolean): Verdict {
    if (!this.mindsValues || atMs <= state.newestMs) return this.arrive(state, arrivedMs)
    state.newestMs = atMs
    if (this.mindsSilence && arrivedMs > state.lastArrivedMs) state.lastArrivedMs = arrivedMs
    if (this.#limits.isBreach(value)) return this.#onBreach(state, atMs, arrivedMs, isSuppressed)
    // The usual: all is well and was before.
    if (state.flags === 0 && state.breach === null) return NOTHING
    state.breach = null
    return this.#limits.isClear(value) || (state.flags & SILENT) !== 0
      ? this.#onClear(state, arrivedMs)
      : NOTHING
  }

  /**
   * A reading that has been judged before, by whoever decided what the log says of this alert since: it is remembered
   * and decides nothing.
   */
  recall(state: Condition, value: number, atMs: number, arrivedMs: number, isSuppressed: boolean): void {
    if (this.mindsSilence && arrivedMs > state.lastArrivedMs) state.lastArrivedMs = arrivedMs
    if (!this.mindsValues || atMs <= state.newestMs) return
    state.newestMs = atMs
    if (!this.#limits.isBreach(value) || !this.#mayOpen(atMs, isSuppressed)) state.breach = null
    else if (this.#forMs > 0) state.breach ??= { sinceMs: atMs, arrivedMs }
  }

  /** Something came whose value says nothing: a reading that is late. */
  arrive(state: Condition, arrivedMs: number): Verdict {
    if (!this.mindsSilence) return NOTHING
    if (arrivedMs > state.lastArrivedMs) state.lastArrivedMs = arrivedMs
    if ((state.flags & SILENT) === 0 || (state.flags & OFFLINE) !== 0) return NOTHING
    return this.#onClear(state, arrivedMs)
  }

  /** The device is said to be offline, or online again; by our clock. Only rules about a device as a whole mind. */
  setOffline(state: Condition, isOffline: boolean, clockMs: number, isSuppressed: boolean): Verdict {
    if (!this.isAboutDevice) return NOTHING
    if (!isOffline) {
      state.flags &= ~OFFLINE
      return this.arrive(state, clockMs)
    }
    state.flags |= OFFLINE
    return this.tick(state, clockMs, isSuppressed)
  }

  /** Time goes by. To be called at `dueMs`, or later. */
  tick(state: Condition, nowMs: number, isSuppressed: boolean): Verdict {
    const isSilent = nowMs >= this.#silentAt(state)
    if ((state.flags & OPEN) !== 0) {
      if (state.past === null || state.past.clearSinceMs === NEVER) return NOTHING
      if (isSilent) state.past.clearSinceMs = NEVER
      else if (nowMs - state.past.clearSinceMs >= FLAPPING_CALM_MS) return this.#close(state)
      return NOTHING
    }
    if ((state.flags & HELD) !== 0) return NOTHING
    const { breach } = state
    if (breach !== null && nowMs - breach.arrivedMs >= this.#forMs) {
      if (this.#mayOpen(nowMs, isSuppressed) && this.#lasts(breach.arrivedMs, nowMs)) {
        return this.#open(state, nowMs, 0)
      }
      state.breach = null
    }
    if (!isSilent) return NOTHING
    if (this.#mayOpen(nowMs, isSuppressed)) return this.#open(state, nowMs, SILENT)
    pastOf(state).notBeforeMs = isSuppressed ? nowMs + LOOK_AGAIN_MS : this.#schedule!.nextStart(nowMs)
    return NOTHING
  }

  /** When it wants a tick; Infinity: not before something else happens. */
  dueMs(state: Condition): number {
    const { flags, breach, past } = state
    if ((flags & OPEN) !== 0) {
      if (past === null || past.clearSinceMs === NEVER) return Number.POSITIVE_INFINITY
      return Math.min(past.clearSinceMs + FLAPPING_CALM_MS, this.#silentAt(state))
    }
    if ((flags & HELD) !== 0) return Number.POSITIVE_INFINITY
    const heldMs = breach === null ? Number.POSITIVE_INFINITY : breach.arrivedMs + this.#forMs
    return Math.min(heldMs, Math.max(this.#silentAt(state), past?.notBeforeMs ?? NEVER))
  }

  /** The log says that it is open; told what it knows, it changes nothing. */
  setOpen(state: Condition, opened: { clockMs: number; isFlapping: boolean; isSilent: boolean }): void {
    if ((state.flags & OPEN) !== 0) return
    this.#open(state, opened.clockMs, opened.isSilent ? SILENT : 0)
    state.flags &= ~FLAPPING
    if (opened.isFlapping) state.flags |= FLAPPING
  }

  /** The log says that it is closed, and why; told what it knows, it changes nothing. */
  setClosed(state: Condition, reason: AlertCloseReason): void {
    if ((state.flags & OPEN) === 0) return
    const { flags } = state
    this.#close(state)
    if (reason === 'resolved') state.flags |= HELD | (flags & SILENT)
  }

  #onBreach(state: Condition, atMs: number, arrivedMs: number, isSuppressed: boolean): Verdict {
    if (state.flags !== 0) {
      // Whatever it was opened by, now it is this value.
      state.flags &= ~SILENT
      if (state.past !== null) state.past.clearSinceMs = NEVER
      return NOTHING
    }
    const { breach } = state
    if (!this.#mayOpen(atMs, isSuppressed)) {
      state.breach = null
      return NOTHING
    }
    if (this.#forMs === 0) return this.#open(state, arrivedMs, 0)
    if (breach === null || !this.#lasts(breach.sinceMs, atMs)) {
      state.breach = { sinceMs: atMs, arrivedMs }
      return NOTHING
    }
    return atMs - breach.sinceMs >= this.#forMs ? this.#open(state, arrivedMs, 0) : NOTHING
  }

  #onClear(state: Condition, arrivedMs: number): Verdict {
    if ((state.flags & OPEN) === 0) {
      state.flags &= ~(HELD | SILENT)
      return NOTHING
    }
    if ((state.flags & FLAPPING) === 0) return this.#close(state)
    const past = pastOf(state)
    if (past.clearSinceMs === NEVER) past.clearSinceMs = arrivedMs
    return arrivedMs - past.clearSinceMs >= FLAPPING_CALM_MS ? this.#close(state) : NOTHING
  }

  #open(state: Condition, clockMs: number, cause: number): Verdict {
    const past = pastOf(state)
    past.openings.push(clockMs)
    if (past.openings.length > FLAPPING_OPENINGS) past.openings.shift()
    past.clearSinceMs = NEVER
    past.notBeforeMs = NEVER
    const isOften =
      past.openings.length === FLAPPING_OPENINGS && clockMs - past.openings[0]! <= FLAPPING_WITHIN_MS
    state.flags = (state.flags & OFFLINE) | OPEN | cause | (isOften ? FLAPPING : 0)
    state.breach = null
    return OPENS
  }

  #close(state: Condition): Verdict {
    state.flags &= OFFLINE
    state.breach = null
    if (state.past !== null) state.past.clearSinceMs = NEVER
    return CLOSES
  }

  /** From when on it is silent, where nothing comes; Infinity: silence is none of its business. */
  #silentAt({ flags, lastArrivedMs }: Condition): number {
    if ((flags & OFFLINE) !== 0) return NEVER
    return !this.mindsSilence || lastArrivedMs === NEVER
      ? Number.POSITIVE_INFINITY
      : lastArrivedMs + this.#noDataMs
  }

  #mayOpen(ms: number, isSuppressed: boolean): boolean {
    return !isSuppressed && (this.#schedule === undefined || this.#schedule.includes(ms))
  }

  /** Whether the schedule has held all the time. */
  #lasts(fromMs: number, toMs: number): boolean {
    return this.#schedule === undefined || this.#schedule.lasts(fromMs, toMs)
  }
}

export function compileRule<Rule extends AlertRuleRequest>(rule: Rule): CompiledRule<Rule> {
  return new CompiledRule(rule)
}

function durationMs(text: string | undefined): number | undefined {
  return text === undefined ? undefined : parseDuration(text)
}
