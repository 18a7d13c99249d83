import { MOMENT_OPTIONS } from '../moment-options.js'

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000

const formats = new Map<string, Intl.DateTimeFormat>()

function format(locale: string, timeZone: string | undefined, options: Intl.DateTimeFormatOptions) {
  const key = `${locale} ${timeZone ?? ''} ${Object.keys(options).join()}`
  let made = formats.get(key)
  if (!made) {
    made = new Intl.DateTimeFormat(locale, { ...options, ...(timeZone && { timeZone }) })
    formats.set(key, made)
  }
  return made
}

export interface TimeLabels {
  readonly locale: string
  /** an IANA name; without it, the viewer's own */
  readonly timeZone?: string | undefined
}

/**
 * Labels of the time axis: clock times, seconds only where ticks are closer than a minute, and the date on the first
 * tick and wherever a day begins.
 */
export function timeTickLabels(ticksMs: readonly number[], stepMs: number, labels: TimeLabels): string[] {
  const { locale, timeZone } = labels
  const day = format(locale, timeZone, { day: 'numeric', month: 'short' })
  const clock = format(locale, timeZone, {
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    ...(stepMs < MINUTE_MS && { second: '2-digit' }),
  })
  let before = ''
  return ticksMs.map((timeMs, at) => {
    const date = day.format(timeMs)
    const newDay = date !== before
    const first = at === 0
    before = date
    if (stepMs >= DAY_MS) return date
    if (!newDay || (first && ticksMs.length > 1 && stepMs < 3_600_000)) return clock.format(timeMs)
    return `${clock.format(timeMs)}\n${date}`
  })
}

/** The moment under the crosshair, to the second; with the date, because a copied screenshot has no other. */
export function momentLabel(timeMs: number, labels: TimeLabels): string {
  return format(labels.locale, labels.timeZone, MOMENT_OPTIONS).format(timeMs)
}

/** The zone's wall clock as a local Date: uPlot places its ticks on whole hours and days of that zone. */
export function wallClock(timeMs: number, timeZone: string | undefined): Date {
  const date = new Date(timeMs)
  if (timeZone !== 'UTC') return date
  return new Date(timeMs + date.getTimezoneOffset() * MINUTE_MS)
}
