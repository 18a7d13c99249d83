const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
] as const

/** ms as the contract writes durations, in the largest unit of which they are whole. */
export function toDuration(ms: number): string {
  const [unit, unitMs] = UNITS.find(([, width]) => ms % width === 0) ?? ['s', 1_000]
  return `${Math.round(ms / unitMs)}${unit}`
}
