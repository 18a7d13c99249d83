/**
 * Between two beats. Whoever shows readings in windows of 100 ms, after the beat, keeps them waiting hardly at all.
 */
export const BEAT_MS = 100
/** Where rounds bring fewer records than these, every other beat has one: a round is hardly worth its cost. */
const FEW_PER_SECOND = 250
/** A timer may be this much early: the beat that it was set for is not waited for once more. */
const EARLY_MS = 2

/**
 * How soon the next round may begin. What an idle system does is done at once; only where rounds follow each other
 * without end are they spaced out, so that each brings more: nearly all that a reading costs under load are rounds.
 * They then keep a beat of the wall clock, which all processes have: what one writes is there when the next one reads,
 * `offsetMs` later, instead of half a round later on the average and a whole one at worst.
 */
export class Pace {
  readonly #everyMs: number
  readonly #spared: number
  readonly #offsetMs: number
  #stepMs: number
  #notedMs = Number.NEGATIVE_INFINITY
  #dueMs = Number.NEGATIVE_INFINITY

  /** `everyMs`: of rounds that bring much. `spared`: those that may go at once after a rest. `offsetMs`: after the beat. */
  constructor(options: { everyMs: number; spared: number; offsetMs?: number }) {
    this.#everyMs = options.everyMs
    this.#stepMs = options.everyMs
    this.#spared = options.spared
    this.#offsetMs = options.offsetMs ?? 0
  }

  /** A round began, which brings so many records for the time since the one before. */
  note(nowMs: number, brought: number): void {
    const sinceMs = Math.min(Math.max(this.#everyMs, nowMs - this.#notedMs), 2 * this.#everyMs)
    this.#notedMs = nowMs
    this.#stepMs = brought * 1_000 < FEW_PER_SECOND * sinceMs ? 2 * this.#everyMs : this.#everyMs
    const restedMs = nowMs - (this.#spared - 1) * this.#stepMs
    this.#dueMs = Math.min(Math.max(this.#dueMs, restedMs), nowMs) + this.#stepMs
  }

  /** Until the next round may begin, ms; 0 where it may at once. `nowMs` is what was noted, `wallMs` is shared by all. */
  waitMs(nowMs: number, wallMs = Date.now()): number {
    if (nowMs >= this.#dueMs) return 0
    const leftMs = this.#stepMs - ((wallMs - this.#offsetMs) % this.#stepMs)
    return leftMs < EARLY_MS ? leftMs + this.#stepMs : leftMs
  }
}
