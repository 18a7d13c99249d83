/** A moment to the second, with its day: of a table where there is no room for more, and under a chart's crosshair. */
export const MOMENT_OPTIONS = {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
} as const satisfies Intl.DateTimeFormatOptions
