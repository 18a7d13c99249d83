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

/** How many times the data's own height an axis may grow for the sake of a limit. */
const MOST_GROWTH = 3
/** Room beyond a limit, as part of the axis. */
const BEYOND = 0.06

/** Bounds that show those of `values` that are near, nearest first; `all`: however far, for the data are then small. */
export function widenFor(
  [low, high]: readonly [number, number],
  values: readonly number[],
  all = false,
): [number, number] {
  const most = all ? Number.POSITIVE_INFINITY : (high - low) * MOST_GROWTH
  const distance = (value: number) => Math.max(value - high, low - value, 0)
  let bounds: [number, number] = [low, high]
  for (const value of [...values].sort((one, other) => distance(one) - distance(other))) {
    const room = (Math.max(bounds[1], value) - Math.min(bounds[0], value)) * BEYOND
    const wider: [number, number] = [Math.min(bounds[0], value - room), Math.max(bounds[1], value + room)]
    if (wider[1] - wider[0] > most) break
    bounds = wider
  }
  return bounds
}

/** Digits after the point that tell ticks apart which are `step` from each other. */
export function fractionDigits(step: number): number {
  for (let digits = 0; digits < 8; digits += 1) {
    const scaled = step * 10 ** digits
    if (Math.abs(scaled - Math.round(scaled)) < 1e-6 * scaled) return digits
  }
  return 8
}
