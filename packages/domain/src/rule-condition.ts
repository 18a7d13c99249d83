/** How often a rule may open on one device and sensor within `FLAPPING_WITHIN_MS` before it is said to flap. */
export const FLAPPING_OPENINGS = 4
export const FLAPPING_WITHIN_MS = 15 * 60_000
/** An alert that flaps closes once its condition has been clear for so long. */
export const FLAPPING_CALM_MS = 5 * 60_000

/** Bits of `Condition.flags`. */
export const OPEN = 1
/** resolved by hand: it opens again only after it has cleared once */
export const HELD = 2
/** it was opened (or held) because nothing came, not by a value */
export const SILENT = 4
/** the device was said to be offline */
export const OFFLINE = 8
export const FLAPPING = 16

/** No time. */
export const NEVER = Number.NEGATIVE_INFINITY

/**
 * What a rule remembers of one device and sensor. There are as many of these as there are pairs, so what most of them
 * never need stands in objects of its own. Times are ms since 1970; those that say “arrived” or “clock” are by our
 * clock, the others by the device’s.
 */
export interface Condition {
  flags: number
  /** of the readings judged, by their own time */
  newestMs: number
  /** kept where the rule minds silence; `NEVER`: nothing has come yet, and so nothing is missing */
  lastArrivedMs: number
  /** it is in breach and not open yet: `for` is running */
  breach: Breach | null
  past: Past | null
}

export interface Breach {
  readonly sinceMs: number
  readonly arrivedMs: number
}

export interface Past {
  /** by our clock, the newest last, `FLAPPING_OPENINGS` at most */
  readonly openings: number[]
  /** an open alert that flaps has been clear since, by our clock; `NEVER`: it is not clear */
  clearSinceMs: number
  /** silence was noticed at a time when nothing may open: it is looked at again then, by our clock */
  notBeforeMs: number
}

export function newCondition(): Condition {
  return { flags: 0, newestMs: NEVER, lastArrivedMs: NEVER, breach: null, past: null }
}

export function pastOf(condition: Condition): Past {
  condition.past ??= { openings: [], clearSinceMs: NEVER, notBeforeMs: NEVER }
  return condition.past
}

export function isOpen({ flags }: Condition): boolean {
  return (flags & OPEN) !== 0
}

export function isFlapping({ flags }: Condition): boolean {
  return (flags & FLAPPING) !== 0
}

/** Why an open one has opened. */
export function causeOf({ flags }: Condition): 'value' | 'silent' | 'offline' {
  if ((flags & OFFLINE) !== 0) return 'offline'
  return (flags & SILENT) !== 0 ? 'silent' : 'value'
}

/** In a kept condition, for `NEVER`, which JSON can't say. */
const ABSENT = -1

/** As numbers that JSON can hold, for a snapshot. Nothing to keep: undefined. */
export function keepCondition({
  flags,
  newestMs,
  lastArrivedMs,
  breach,
  past,
}: Condition): number[] | undefined {
  const kept = [
    flags,
    newestMs,
    lastArrivedMs,
    breach?.sinceMs ?? NEVER,
    breach?.arrivedMs ?? NEVER,
    past?.clearSinceMs ?? NEVER,
    past?.notBeforeMs ?? NEVER,
    ...(past?.openings ?? []),
  ].map((value) => (value === NEVER ? ABSENT : value))
  return kept.every((value, at) => value === (at === 0 ? 0 : ABSENT)) ? undefined : kept
}

/**
 * A kept condition as it was. `downMs` is how long nobody listened since: our clock stood still then, so that what
 * could not be heard is not held against a device.
 */
export function restoreCondition(kept: readonly number[], downMs = 0): Condition {
  const [flags = 0, ...times] = kept
  const [newestMs, lastArrivedMs, sinceMs, arrivedMs, clearSinceMs, notBeforeMs, ...openings] = times.map(
    (value) => (value === ABSENT ? NEVER : value),
  )
  const condition = newCondition()
  condition.flags = flags
  condition.newestMs = newestMs ?? NEVER
  condition.lastArrivedMs = (lastArrivedMs ?? NEVER) + downMs
  if (sinceMs !== undefined && sinceMs !== NEVER) {
    condition.breach = { sinceMs, arrivedMs: (arrivedMs ?? sinceMs) + downMs }
  }
  const past: Past = {
    openings: openings.slice(-FLAPPING_OPENINGS),
    clearSinceMs: (clearSinceMs ?? NEVER) + downMs,
    notBeforeMs: notBeforeMs ?? NEVER,
  }
  if (past.openings.length > 0 || past.clearSinceMs !== NEVER || past.notBeforeMs !== NEVER) {
    condition.past = past
  }
  return condition
}
