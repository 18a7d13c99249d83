export interface BackoffOptions {
  firstMs: number
  factor: number
  mostMs: number
  /** the wait is shortened by up to this part of it, so that many clients don't come back at once */
  jitter: number
  random: () => number
}

/** The wait before attempt n (0 is the first retry), ms. */
export function backoffMs(
  attempt: number,
  { firstMs, factor, mostMs, jitter, random }: BackoffOptions,
): number {
  // Beyond some fifty attempts the power would overflow; the cap is reached long before.
  const wholeMs = Math.min(mostMs, firstMs * factor ** Math.min(attempt, 50))
  return Math.round(wholeMs * (1 - jitter * random()))
}
