/** Bounds of the value axis: room above and below, and a flat line in the middle instead of on an edge. */
export function valueBounds(min: number | null, max: number | null): [number, number] {
  if (min === null || max === null || !Number.isFinite(min) || !Number.isFinite(max)) return [0, 1]
  const span = max - min
  const least = Math.max(Math.abs(max), Math.abs(min)) * 1e-3
  if (span <= least) {
    const half = Math.max(Math.abs(max) * 0.02, 0.5)
    return [min - half, max + half]
  }
  return [min - span * 0.08, max + span * 0.08]
}

/** Digits after the point that tell ticks apart which are `step` from each other. */
export function fractionDigits(step: number): number {
  for (let digits = 0; digits < 8; digits += 1) {
    const scaled = step * 10 ** digits
    if (Math.abs(scaled - Math.round(scaled)) < 1e-6 * scaled) return digits
  }
  return 8
}
