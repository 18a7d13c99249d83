/** When nobody looked after a partition: nothing of it is held against a device. */
export interface Absence {
  /** when it was last known to be looked after; minus infinity where it never was */
  readonly aliveMs: number
  readonly downMs: number
}

export function absenceUntil(nowMs: number, aliveMs: number): Absence {
  return { aliveMs, downMs: Number.isFinite(aliveMs) ? Math.max(0, nowMs - aliveMs) : 0 }
}
