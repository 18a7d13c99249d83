/** “The last few dozen” of the contract. */
const CAPACITY = 32

/**
 * The timestamps that came last from one sensor, so that a repeat is known for one. A repeat of something older
 * than they reach is taken for new.
 */
export class RecentTimestamps {
  /** a ring once it is full: `#next` is where the oldest arrival stands */
  readonly #stamps: number[]
  #next = 0
  #newest: number

  /** From what `list` gave, in order of arrival, and the newest of all, which may have left the list. */
  constructor(stamps: readonly number[] = [], newest = Number.NEGATIVE_INFINITY) {
    this.#stamps = stamps.slice(-CAPACITY)
    this.#newest = this.#stamps.reduce((one, other) => Math.max(one, other), newest)
  }

  /** Notes a timestamp (ms since 1970); false where it was noted before. */
  add(ms: number): boolean {
    if (ms > this.#newest) this.#newest = ms
    else if (ms === this.#newest || this.#stamps.includes(ms)) return false
    if (this.#stamps.length < CAPACITY) {
      this.#stamps.push(ms)
    } else {
      this.#stamps[this.#next] = ms
      this.#next = (this.#next + 1) % CAPACITY
    }
    return true
  }

  /** In order of arrival, the newest `count` at most. */
  list(count = CAPACITY): number[] {
    return [...this.#stamps.slice(this.#next), ...this.#stamps.slice(0, this.#next)].slice(-count)
  }
}
