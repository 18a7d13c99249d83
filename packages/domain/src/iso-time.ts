const DAY_MS = 86_400_000
const TWO = Array.from({ length: 60 }, (_, n) => String(n).padStart(2, '0'))
const THREE = Array.from({ length: 1_000 }, (_, n) => String(n).padStart(3, '0'))

/** The days written last, each at its place modulo 16: devices send of today, and of one past at a time. */
const SLOTS = 16
const days = new Array<number>(SLOTS).fill(Number.NaN)
const dates = new Array<string>(SLOTS).fill('')

/**
 * What `Date.toISOString` answers, for a whole number of ms. Every reading has its time written, and the date
 * object took as long as the rest of parsing its message.
 */
export function isoTime(ms: number): string {
  if (ms === lastMs) return lastText
  lastText = write(ms)
  lastMs = ms
  return lastText
}

/** Written last: what comes in the same turn of the loop has its arrival in common. */
let lastMs = Number.NaN
let lastText = ''

function write(ms: number): string {
  const day = Math.floor(ms / DAY_MS)
  const slot = day & (SLOTS - 1)
  if (days[slot] !== day) {
    const text = new Date(ms).toISOString()
    dates[slot] = text.slice(0, -13)
    days[slot] = day
  }
  const rest = ms - day * DAY_MS
  const seconds = Math.floor(rest / 1_000)
  const minutes = Math.floor(seconds / 60)
  const hours = Math.floor(minutes / 60)
  return `${dates[slot]}${TWO[hours]}:${TWO[minutes - hours * 60]}:${TWO[seconds - minutes * 60]}.${THREE[rest - seconds * 1_000]}Z`
}
