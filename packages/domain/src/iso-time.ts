let lastMs = Number.NaN
let lastText = ''

/**
 * `Date.toISOString` with the last answer kept: the readings of a message share their time, and writing it
 * costs more than the rest of a reading.
 */
export function isoTime(ms: number): string {
  if (ms !== lastMs) {
    lastText = new Date(ms).toISOString()
    lastMs = ms
  }
  return lastText
}
