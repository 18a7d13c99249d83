import type { ArrivalStamps } from './arrival-stamps.js'

/** A device's clock may be this much ahead of ours before it is not believed. */
const CLOCK_AHEAD_MS = 5 * 60_000
/** However long readings are kept, a timestamp older than this is a broken clock. */
const CLOCK_BEHIND_MS = 365 * 86_400_000

export interface ClockPolicy {
  readonly aheadMs: number
  readonly behindMs: number
  /** Remembers the stamps given out; owned by whoever parses, one per process. */
  readonly arrivals: ArrivalStamps
}

export interface Stamp {
  readonly timestampMs: number
  /** the device named a time that can't be believed */
  readonly adjusted: boolean
}

export function createClockPolicy(options: { retentionDays: number; arrivals: ArrivalStamps }): ClockPolicy {
  return {
    aheadMs: CLOCK_AHEAD_MS,
    behindMs: Math.min(CLOCK_BEHIND_MS, options.retentionDays * 86_400_000),
    arrivals: options.arrivals,
  }
}

/** Whether a time that a device names is near enough to the time of arrival. Both ends are still believed. */
export function isClockBelieved(policy: ClockPolicy, claimedMs: number, receivedAtMs: number): boolean {
  return claimedMs <= receivedAtMs + policy.aheadMs && claimedMs >= receivedAtMs - policy.behindMs
}

/**
 * When a reading was taken: the time that the device names, where its clock is believed; the time of arrival
 * where it names none, or one too far off (then the reading is `adjusted`). Stamps of arrival strictly increase
 * per sensor, so that two readings of one sensor never share a key by arriving together.
 */
export function stampReading(
  policy: ClockPolicy,
  reading: { deviceId: string; sensorType: string; claimedMs: number | undefined; receivedAtMs: number },
): Stamp {
  const { claimedMs, receivedAtMs } = reading
  if (claimedMs !== undefined && isClockBelieved(policy, claimedMs, receivedAtMs)) {
    return { timestampMs: claimedMs, adjusted: false }
  }
  return {
    timestampMs: policy.arrivals.next(reading.deviceId, reading.sensorType, receivedAtMs),
    adjusted: claimedMs !== undefined,
  }
}
