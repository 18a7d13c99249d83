/**
 * How soon the next round may begin. What an idle system does is done at once; only where rounds follow each other
 * without end are they spaced out, so that each brings more: nearly all that a reading costs under load are rounds.
 */
export class Pace {
  readonly #everyMs: number
  readonly #spared: number
  #dueMs = Number.NEGATIVE_INFINITY

  /** `spared`: rounds that may go at once after a rest. */
  constructor(options: { everyMs: number; spared: number }) {
    this.#everyMs = options.everyMs
    this.#spared = options.spared
  }

  /** A round began. */
  note(nowMs: number): void {
    const restedMs = nowMs - (this.#spared - 1) * this.#everyMs
    this.#dueMs = Math.max(this.#dueMs, restedMs) + this.#everyMs
  }

  /** Until the next round may begin, ms; 0 where it may at once. */
  waitMs(nowMs: number): number {
    return Math.max(0, this.#dueMs - nowMs)
  }
}
