/** However short the window: a glide in steps of this looks smooth, and a second drawing in it shows nothing more. */
const SHORTEST_MS = 50
/** However long the window: a line that lags behind the value beside it by more looks broken. */
const LONGEST_FOR_READING_MS = 1_000

/** How long after a drawing the clock alone would move a line by a pixel. */
export function glidePaceMs(pixelMs: number): number {
  return Math.max(pixelMs, SHORTEST_MS)
}

/**
 * How long after a drawing a new reading is worth another one. Until the line is a pixel longer there is no place for
 * it but in the column of the one before; the value itself is told in words at once.
 */
export function readingPaceMs(pixelMs: number): number {
  return Math.min(glidePaceMs(pixelMs), LONGEST_FOR_READING_MS)
}
