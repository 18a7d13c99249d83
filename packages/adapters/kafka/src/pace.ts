/**
 * Between two beats. Whoever shows readings in windows of 100 ms, after the beat, keeps them waiting hardly at all.
 */
export const BEAT_MS = 100
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
  #dueMs = Number.NEGATIVE_INFINITY

  /** `spared`: rounds that may go at once after a rest. `offsetMs`: after the beat. */
  constructor(options: { everyMs: number; spared: number; offsetMs?: number }) {
    this.#everyMs = options.everyMs
    this.#spared = options.spared
    this.#offsetMs = options.offsetMs ?? 0
  }

  /** A round began. */
  note(nowMs: number): void {
    const restedMs = nowMs - (this.#spared - 1) * this.#everyMs
    this.#dueMs = Math.min(Math.max(this.#dueMs, restedMs), nowMs) + this.#everyMs
  }

  /** Until the next round may begin, ms; 0 where it may at once. `nowMs` is what was noted, `wallMs` is shared by all. */
  waitMs(nowMs: number, wallMs = Date.now()): number {
    if (nowMs >= this.#dueMs) return 0
    const leftMs = this.#everyMs - ((wallMs - this.#offsetMs) % this.#everyMs)
    return leftMs < EARLY_MS ? leftMs + this.#everyMs : leftMs
  }
}
