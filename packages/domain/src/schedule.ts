import { WEEKDAYS, type WeeklySchedule } from '@iot/contracts'
import { type TimeZone, timeZoneOf } from './time-zone.js'

const DAY_MS = 86_400_000
/** The first of January 1970 was a Thursday. */
const THURSDAY = 3
/** After a week and a day everything has been once. */
const LOOK_AHEAD_DAYS = 8

/** Hours of the week on the clocks of a place. Each day’s span holds its beginning and not its end. */
export class Schedule {
  readonly #days: readonly boolean[]
  readonly #fromMs: number
  readonly #toMs: number
  readonly #zone: TimeZone

  constructor({ days, from, to, timeZone }: WeeklySchedule) {
    const zone = timeZoneOf(timeZone)
    if (!zone) throw new Error(`there is no time zone “${timeZone}”`)
    this.#zone = zone
    this.#days = WEEKDAYS.map((day) => days.includes(day))
    this.#fromMs = timeOfDay(from)
    this.#toMs = timeOfDay(to)
  }

  includes(ms: number): boolean {
    const localMs = ms + this.#zone.offsetMs(ms)
    const day = Math.floor(localMs / DAY_MS)
    const timeMs = localMs - day * DAY_MS
    if (this.#fromMs < this.#toMs) return timeMs >= this.#fromMs && timeMs < this.#toMs && this.#has(day)
    // Over midnight: what begins on a day belongs to it, also after midnight.
    return timeMs >= this.#fromMs ? this.#has(day) : timeMs < this.#toMs && this.#has(day - 1)
  }

  /** Whether it holds all of the time from one moment that it holds to another. */
  lasts(fromMs: number, toMs: number): boolean {
    return this.#boundaryAfter(fromMs, this.#toMs, false) > toMs
  }

  /** When it begins next; `ms` is outside of it. */
  nextStart(ms: number): number {
    return this.#boundaryAfter(ms, this.#fromMs, true)
  }

  /** When it ends; `ms` is inside of it. Infinity: never. */
  nextEnd(ms: number): number {
    return this.#boundaryAfter(ms, this.#toMs, false)
  }

  /** The first moment after `ms` with this time on the clock that is inside, or outside; Infinity: never. */
  #boundaryAfter(ms: number, timeMs: number, isInside: boolean): number {
    const today = Math.floor((ms + this.#zone.offsetMs(ms)) / DAY_MS)
    for (let day = today; day <= today + LOOK_AHEAD_DAYS; day++) {
      for (const moment of this.#zone.momentsOf(day * DAY_MS + timeMs)) {
        if (moment > ms && this.includes(moment) === isInside) return moment
      }
    }
    return Number.POSITIVE_INFINITY
  }

  #has(day: number): boolean {
    return this.#days[(((day + THURSDAY) % 7) + 7) % 7]!
  }
}

function timeOfDay(text: string): number {
  return (Number(text.slice(0, 2)) * 60 + Number(text.slice(3))) * 60_000
}
