/** Below this a number is taken for seconds: it is the year 5138 in seconds and March 1973 in milliseconds. */
const SECONDS_BELOW = 1e11
/** The furthest time that a Date can hold. */
const LAST_MS = 8.64e15

/** A longer text is no time, and not worth its memory. */
const LONGEST_REMEMBERED = 32

const ISO =
  /^(\d{4})-?(\d{2})-?(\d{2})(?:[Tt ](\d{2}):?(\d{2})(?::?(\d{2})(?:[.,](\d{1,9}))?)?\s?([Zz]|[+-]\d{2}(?::?\d{2})?)?)?$/
const NUMERIC = /^[+-]?\d{1,17}(?:\.\d{1,9})?$/

/**
 * What was parsed last, and before it: the readings of a message share their time, and messages that come together the
 * time of their arrival, between which stands the time of each.
 */
let lastText = ''
let lastMs: number | undefined
let earlierText = ''
let earlierMs: number | undefined

/**
 * The time that a device means, ms since 1970: ISO 8601 (without a zone: UTC), Unix seconds or milliseconds
 * as a number or as text. Undefined where it is no time at all.
 */
export function parseTime(value: unknown): number | undefined {
  if (typeof value === 'number') return parseUnix(value)
  if (typeof value !== 'string') return undefined
  if (value === lastText) return lastMs
  if (value === earlierText) return remember(value, earlierMs)
  const ms = parseUsualIso(value) ?? parseAnyText(value)
  return value.length > LONGEST_REMEMBERED ? ms : remember(value, ms)
}

function remember(text: string, ms: number | undefined): number | undefined {
  earlierText = lastText
  earlierMs = lastMs
  lastText = text
  lastMs = ms
  return ms
}

/** Whether a text is as `isoTime` writes the time that `parseTime` reads in it: it need not be written again. */
export function isWrittenTime(text: string): boolean {
  return (
    text.length === 24 &&
    text.charCodeAt(4) === 45 &&
    text.charCodeAt(7) === 45 &&
    text.charCodeAt(10) === 84 &&
    text.charCodeAt(13) === 58 &&
    text.charCodeAt(16) === 58 &&
    text.charCodeAt(19) === 46 &&
    // not a space before the zone
    text.charCodeAt(22) >= 48 &&
    text.charCodeAt(23) === 90 &&
    // a leap second counts as the one after it
    text.charCodeAt(17) !== 54
  )
}

function parseUnix(value: number): number | undefined {
  const ms = Math.round(Math.abs(value) < SECONDS_BELOW ? value * 1_000 : value)
  return Math.abs(ms) <= LAST_MS ? ms : undefined
}

/** `YYYY-MM-DDTHH:MM:SSZ` and `….sssZ`, as nearly every device writes it, without a regular expression. */
function parseUsualIso(text: string): number | undefined {
  const { length } = text
  if (length !== 20 && length !== 24) return undefined
  if (text.charCodeAt(length - 1) !== 90 || text.charCodeAt(10) !== 84) return undefined
  if (text.charCodeAt(4) !== 45 || text.charCodeAt(7) !== 45) return undefined
  if (text.charCodeAt(13) !== 58 || text.charCodeAt(16) !== 58) return undefined
  if (length === 24 && text.charCodeAt(19) !== 46) return undefined
  const year = digits(text, 0, 4)
  const milliseconds = length === 24 ? digits(text, 20, 3) : 0
  if (year < 0 || milliseconds < 0) return undefined
  return composeUtc(
    year,
    digits(text, 5, 2),
    digits(text, 8, 2),
    digits(text, 11, 2),
    digits(text, 14, 2),
    digits(text, 17, 2),
    milliseconds,
  )
}

function digits(text: string, from: number, count: number): number {
  let value = 0
  for (let at = from; at < from + count; at++) {
    const digit = text.charCodeAt(at) - 48
    if (!(digit >= 0 && digit <= 9)) return -1
    value = value * 10 + digit
  }
  return value
}

function parseAnyText(text: string): number | undefined {
  const trimmed = text.length <= 64 ? text.trim() : ''
  if (NUMERIC.test(trimmed)) return parseUnix(Number(trimmed))
  const parts = ISO.exec(trimmed)
  if (!parts) return undefined
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '', zone = 'Z'] = parts
  const utc = composeUtc(
    Number(year),
    Number(month),
    Number(day),
    Number(hour),
    Number(minute),
    Number(second),
    Number(fraction.padEnd(3, '0').slice(0, 3)),
  )
  const offset = offsetMinutes(zone)
  return utc === undefined || offset === undefined ? undefined : utc - offset * 60_000
}

function offsetMinutes(zone: string): number | undefined {
  if (zone === 'Z' || zone === 'z') return 0
  const hours = Number(zone.slice(1, 3))
  const minutes = zone.length > 3 ? Number(zone.slice(-2)) : 0
  if (hours > 23 || minutes > 59) return undefined
  return (zone[0] === '-' ? -1 : 1) * (hours * 60 + minutes)
}

/** Undefined for a day or an hour that there is not. A leap second counts as the second after it. */
function composeUtc(
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
  millisecond: number,
): number | undefined {
  if (!(month >= 1 && month <= 12 && day >= 1 && day <= daysOf(year, month))) return undefined
  if (!(hour >= 0 && hour <= 23 && minute >= 0 && minute <= 59 && second >= 0 && second <= 60))
    return undefined
  return midnight(year, month, day) + ((hour * 60 + minute) * 60 + second) * 1_000 + millisecond
}

/** The day that was asked for last: finding it takes as long as reading all the rest of a time. */
let lastDate = Number.NaN
let lastMidnight = 0

function midnight(year: number, month: number, day: number): number {
  const date = (year * 100 + month) * 100 + day
  if (date !== lastDate) {
    const utc = Date.UTC(year, month - 1, day)
    // Date.UTC takes the years 0 to 99 for 1900 to 1999
    lastMidnight = year >= 100 ? utc : new Date(utc).setUTCFullYear(year)
    lastDate = date
  }
  return lastMidnight
}

function daysOf(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}
