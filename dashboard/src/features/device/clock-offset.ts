import type { Reading } from '@iot/contracts'

/**
 * How far a device's clock was off when its newest readings arrived, ms: ahead above zero, behind below. The way takes
 * time too, so the least lag of them is the nearest to the truth. Undefined: no reading carries a time of its own.
 */
export function clockOffsetMs(latest: readonly Reading[]): number | undefined {
  const offsets = latest.flatMap(({ timestamp, receivedAt, adjusted }) =>
    adjusted === true || receivedAt === undefined ? [] : [Date.parse(timestamp) - Date.parse(receivedAt)],
  )
  return offsets.length === 0 ? undefined : Math.max(...offsets)
}
