/** A whole number of 32 bits that depends on all of its input, always the same way. */
export function hash(seed: number, ...parts: readonly (number | string)[]): number {
  let state = seed | 0
  for (const part of parts) {
    const text = String(part)
    for (let at = 0; at < text.length; at++) state = Math.imul(state ^ text.charCodeAt(at), 0x01000193)
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d)
  }
  state = Math.imul(state ^ (state >>> 12), 0x297a2d39)
  return (state ^ (state >>> 15)) >>> 0
}

/** From 0 (inclusive) to 1. */
export function chance(seed: number, ...parts: readonly (number | string)[]): number {
  return hash(seed, ...parts) / 0x1_0000_0000
}

/** Noise from -1 to 1 that moves smoothly through values `periodMs` apart. */
export function smoothNoise(seed: number, name: string, ms: number, periodMs: number): number {
  const at = ms / periodMs
  const before = Math.floor(at)
  const share = at - before
  const eased = share * share * (3 - 2 * share)
  const from = chance(seed, name, periodMs, before)
  const to = chance(seed, name, periodMs, before + 1)
  return 2 * (from + (to - from) * eased) - 1
}
