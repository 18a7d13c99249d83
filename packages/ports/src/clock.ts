/** The time, so that tests can turn it by hand. */
export interface Clock {
  /** ms since 1970 */
  nowMs(): number
}

export const systemClock: Clock = { nowMs: () => Date.now() }
