import { createContext, type ReactNode, useContext, useMemo } from 'react'
import { MOMENT_OPTIONS } from './moment-options.js'

/** Numbers and times in the viewer's language and zone. */
export interface Format {
  language: string
  timeZone: string | undefined
  /** a reading's value: as many digits as say something, and no more */
  value: (value: number) => string
  /** a reading's value with all its digits */
  exact: (value: number) => string
  /** how much it is, roughly: two digits that count */
  rough: (value: number) => string
  /** so many digits after the point, as the marks of an axis have */
  fixed: (value: number, digits: number) => string
  integer: (value: number) => string
  /** 840 byte, 12 kB, 3.4 MB */
  bytes: (bytes: number) => string
  /** 14:02, or with the date when it is not today */
  time: (atMs: number) => string
  /** day and time with seconds, where there is no room for more */
  moment: (atMs: number) => string
  /** date, time with seconds and zone */
  absolute: (atMs: number) => string
  /** 4s, 12 min, 3h, 2d */
  duration: (ms: number) => string
}

const FormatContext = createContext<Format>(createFormat('en', undefined))

export function FormatProvider(props: { language: string; timeZone?: string; children: ReactNode }) {
  const format = useMemo(() => createFormat(props.language, props.timeZone), [props.language, props.timeZone])
  return <FormatContext.Provider value={format}>{props.children}</FormatContext.Provider>
}

export function useFormat(): Format {
  return useContext(FormatContext)
}

/** `timeZone` undefined: the viewer's own. */
export function createFormat(language: string, timeZone: string | undefined): Format {
  const zone = timeZone === undefined ? {} : { timeZone }
  const fine = new Intl.NumberFormat(language, { maximumSignificantDigits: 4 })
  const coarse = new Intl.NumberFormat(language, { maximumFractionDigits: 1 })
  const integers = new Intl.NumberFormat(language, { maximumFractionDigits: 0 })
  // What a sum of binary fractions adds behind the twelfth digit is no part of the value.
  const all = new Intl.NumberFormat(language, { maximumSignificantDigits: 12 })
  const rough = new Intl.NumberFormat(language, { maximumSignificantDigits: 2 })
  // Made once for each number of digits: to make one takes longer than to format with it a hundred times.
  const fixed: Intl.NumberFormat[] = []
  const withDigits = (digits: number) => {
    fixed[digits] ??= new Intl.NumberFormat(language, {
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
    })
    return fixed[digits]
  }
  const clock = new Intl.DateTimeFormat(language, {
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    ...zone,
  })
  const dayClock = new Intl.DateTimeFormat(language, {
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    ...zone,
  })
  const secondsToo = new Intl.DateTimeFormat(language, { ...MOMENT_OPTIONS, ...zone })
  const whole = new Intl.DateTimeFormat(language, {
    year: 'numeric',
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
    timeZoneName: 'short',
    ...zone,
  })
  const day = new Intl.DateTimeFormat('en-CA', { year: 'numeric', month: '2-digit', day: '2-digit', ...zone })
  const sizes = (['byte', 'kilobyte', 'megabyte', 'gigabyte'] as const).map(
    (unit) => new Intl.NumberFormat(language, { style: 'unit', unit, maximumSignificantDigits: 3 }),
  )
  const units = (['second', 'minute', 'hour', 'day'] as const).map(
    (unit) =>
      new Intl.NumberFormat(language, {
        style: 'unit',
        unit,
        // A narrow minute would be an “m”, which is a metre beside values.
        unitDisplay: unit === 'minute' ? 'short' : 'narrow',
        maximumFractionDigits: 0,
      }),
  )
  return {
    language,
    timeZone,
    value: (value) =>
      (Math.abs(value) >= 1_000 ? integers : Math.abs(value) >= 10 ? coarse : fine).format(value),
    exact: (value) => all.format(value),
    rough: (value) => rough.format(value),
    fixed: (value, digits) => withDigits(digits).format(value),
    integer: (value) => integers.format(value),
    bytes: (bytes) => {
      const step = bytes < 1_000 ? 0 : bytes < 1_000_000 ? 1 : bytes < 1_000_000_000 ? 2 : 3
      return sizes[step]!.format(bytes / 1_000 ** step)
    },
    time: (atMs) => (day.format(atMs) === day.format(Date.now()) ? clock : dayClock).format(atMs),
    moment: (atMs) => secondsToo.format(atMs),
    absolute: (atMs) => whole.format(atMs),
    duration: (ms) => {
      const seconds = Math.max(0, Math.round(ms / 1_000))
      if (seconds < 60) return units[0]!.format(seconds)
      if (seconds < 3_600) return units[1]!.format(Math.floor(seconds / 60))
      if (seconds < 48 * 3_600) return units[2]!.format(Math.floor(seconds / 3_600))
      return units[3]!.format(Math.floor(seconds / 86_400))
    },
  }
}
