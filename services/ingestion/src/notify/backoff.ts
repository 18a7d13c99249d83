/** Attempts after which a message is given up. */
export const MAX_ATTEMPTS = 8

const FIRST_MS = 5_000
const LONGEST_MS = 900_000
const JITTER = 0.2

/**
 * The pause after so many attempts: 5 s, doubling up to 15 min, give or take a fifth, so that channels of one receiver
 * that was away do not all come back at once. Never shorter than the receiver asks for.
 */
export function pauseAfter(attempts: number, askedMs: number | undefined, random: () => number): number {
  const pauseMs = Math.min(FIRST_MS * 2 ** (attempts - 1), LONGEST_MS)
  const spread = 1 + JITTER * (2 * random() - 1)
  return Math.max(Math.round(pauseMs * spread), Math.min(askedMs ?? 0, LONGEST_MS))
}
