/** Clocks are put forward and back at quarters of an hour only. */
const SLOT_MS = 15 * 60_000
/** Quarters of an hour remembered, each at its place modulo 64: devices send of now, and of a past or two. */
const SLOTS = 64

/** The civil time of a place. */
export class TimeZone {
  readonly #format: Intl.DateTimeFormat
  readonly #slots = new Float64Array(SLOTS).fill(Number.NaN)
  readonly #offsets = new Float64Array(SLOTS)

  constructor(format: Intl.DateTimeFormat) {
    this.#format = format
  }

  /** How far the clocks of the place are ahead of UTC, in ms. */
  offsetMs(ms: number): number {
    const slot = Math.floor(ms / SLOT_MS)
    const place = slot & (SLOTS - 1)
    if (this.#slots[place] !== slot) {
      this.#offsets[place] = this.#read(slot * SLOT_MS)
      this.#slots[place] = slot
    }
    return this.#offsets[place]!
  }

  /** The moments at which clocks there show a local time (ms as if it were UTC): two when they are put back, none when put forward. */
  momentsOf(localMs: number): [number, number] {
    const before = localMs - this.offsetMs(localMs - 86_400_000)
    const after = localMs - this.offsetMs(localMs + 86_400_000)
    return before < after ? [before, after] : [after, before]
  }

  #read(ms: number): number {
    const part: Record<string, number> = {}
    for (const { type, value } of this.#format.formatToParts(ms)) part[type] = Number(value)
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part
    return Date.UTC(year, month - 1, day, hour, minute, second) - ms
  }
}

/** By the name that Intl has for it: there are some 600, so this is bounded. */
const known = new Map<string, TimeZone>()

/**
 * Undefined where there is no such zone. Names of places (and UTC) only: an offset such as +07:00 knows no daylight
 * saving, and not every browser takes it.
 */
export function timeZoneOf(name: string): TimeZone | undefined {
  const found = known.get(name)
  if (found) return found
  if (!/^[A-Za-z]/.test(name)) return undefined
  try {
    const format = new Intl.DateTimeFormat('en', {
      timeZone: name,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
    const proper = format.resolvedOptions().timeZone
    const zone = known.get(proper) ?? new TimeZone(format)
    known.set(proper, zone)
    return zone
  } catch {
    return undefined
  }
}
