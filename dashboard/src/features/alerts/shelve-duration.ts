export const SHELVE_CHOICES = ['1h', '8h', '1d', 'until'] as const
export type ShelveChoice = (typeof SHELVE_CHOICES)[number]

const LONGEST_MS = 30 * 86_400_000
const MINUTE_MS = 60_000

/** As the server takes it: `8h`, or the minutes until a time of the viewer’s clock. Undefined: no time to come. */
export function durationOf(choice: ShelveChoice, until: string, nowMs: number): string | undefined {
  if (choice !== 'until') return choice
  const leftMs = Date.parse(until) - nowMs
  return leftMs > 0 && leftMs <= LONGEST_MS ? `${Math.ceil(leftMs / MINUTE_MS)}m` : undefined
}

/** As a field of the viewer’s own clock wants it. */
export function localMinute(atMs: number): string {
  const shifted = new Date(atMs - new Date(atMs).getTimezoneOffset() * MINUTE_MS)
  return shifted.toISOString().slice(0, 16)
}
