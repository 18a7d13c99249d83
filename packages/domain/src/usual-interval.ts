/** What comes within this of the first of a burst says nothing of how often a device speaks. */
const BURST_MS = 1_000
/** Bursts after which it is known. */
const VISITS_NEEDED = 3
/** How much of a longer interval is believed at once, and how much of a shorter one. */
const RISE = 1 / 2
const FALL = 1 / 16

/** A device that has said nothing for so many of its intervals is silent. */
const SILENT_INTERVALS = 5
const SILENT_AT_LEAST_MS = 60_000
const SILENT_AT_MOST_MS = 86_400_000
/** Where a person has said how often it speaks, they are taken at their word sooner. */
const SILENT_SET_INTERVALS = 3
const SILENT_SET_AT_LEAST_MS = 10_000

const NEVER = Number.NEGATIVE_INFINITY

export type KeptInterval = readonly [heardMs: number, visitMs: number, intervalMs: number, visits: number]

/**
 * How often a device is usually heard of, by our clock. One a device, changed in place: it is told of every arrival.
 *
 * The estimate rises fast and falls slowly, so that a device that speaks in bursts is known by its pauses. A pause that
 * was taken for silence counts as if it had ended just then: an outage teaches little, and a device that speaks more
 * rarely from now on is misjudged a few times, not for ever.
 */
export class UsualInterval {
  #heardMs = NEVER
  /** when the newest burst began; a reading alone is one too */
  #visitMs = NEVER
  #intervalMs = 0
  #visits = 0

  constructor(kept?: KeptInterval) {
    if (!kept) return
    const [heardMs, visitMs, intervalMs, visits] = kept
    this.#heardMs = heardMs
    if (visits > 0) this.#visitMs = visitMs
    this.#intervalMs = intervalMs
    this.#visits = visits
  }

  /** A reading has come; answers whether something was learned, so that silence may begin at another time. */
  heard(atMs: number): boolean {
    this.saw(atMs)
    const gapMs = atMs - this.#visitMs
    if (gapMs < BURST_MS) return false
    if (this.#visits > 0) this.#learn(gapMs)
    this.#visitMs = atMs
    if (this.#visits < VISITS_NEEDED) this.#visits += 1
    return true
  }

  /** It is there, which says nothing of how often it speaks. */
  saw(atMs: number): void {
    if (atMs > this.#heardMs) this.#heardMs = atMs
  }

  /** From when on it is silent, where nothing comes; Infinity: that can’t be said. `setMs`: what a person said. */
  silentAtMs(setMs?: number): number {
    if (this.#heardMs === NEVER) return Number.POSITIVE_INFINITY
    if (setMs !== undefined) {
      return this.#heardMs + Math.max(SILENT_SET_AT_LEAST_MS, setMs * SILENT_SET_INTERVALS)
    }
    return this.#heardMs + (this.patienceMs() ?? Number.POSITIVE_INFINITY)
  }

  /** How long it may say nothing, as far as that is learned. */
  patienceMs(): number | undefined {
    return this.#visits < VISITS_NEEDED ? undefined : this.#patienceMs()
  }

  /** Nobody listened for `downMs` from `aliveMs` on: our clock stood still then. */
  shift(aliveMs: number, downMs: number): void {
    if (this.#heardMs <= aliveMs) this.#heardMs += downMs
    if (this.#visitMs <= aliveMs) this.#visitMs += downMs
  }

  /** For a snapshot; undefined: nothing has been heard. */
  keep(): KeptInterval | undefined {
    if (this.#heardMs === NEVER) return undefined
    const visitMs = this.#visits > 0 ? this.#visitMs : 0
    return [this.#heardMs, visitMs, Math.round(this.#intervalMs), this.#visits]
  }

  #learn(gapMs: number): void {
    if (this.#visits === 1) {
      this.#intervalMs = Math.min(gapMs, SILENT_AT_MOST_MS)
      return
    }
    const difference = Math.min(gapMs, this.#patienceMs()) - this.#intervalMs
    this.#intervalMs += difference * (difference > 0 ? RISE : FALL)
  }

  #patienceMs(): number {
    return Math.min(SILENT_AT_MOST_MS, Math.max(SILENT_AT_LEAST_MS, this.#intervalMs * SILENT_INTERVALS))
  }
}
