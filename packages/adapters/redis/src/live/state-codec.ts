import type { DeviceStatus, Reading } from '@iot/contracts'
import type { DeviceState, DeviceStateChange } from '@iot/ports'

/** Every time is as long: ISO 8601, UTC, milliseconds. */
const TIME_LENGTH = 24

/** A device as the scripts answer it: id, head, and a value per sensor. */
export type KeptState = readonly [deviceId: string, head: string, readings: readonly (string | null)[]]

/**
 * Changes as arguments of the script: how many devices are removed, heads and readings, and a text of these. A line is
 * an id to remove; then come an id and its head in turn, then a place (device and sensor) and its reading in turn.
 * Sensor and location are JSON, so that no line breaks inside. What is removed goes first, so what was said of such a
 * device before is left out.
 */
export function encodeChanges(changes: readonly DeviceStateChange[], args: (string | number)[]): void {
  const removedLast = new Map<string, number>()
  for (const [at, { deviceId, removed }] of changes.entries()) if (removed) removedLast.set(deviceId, at)
  let heads = ''
  let headCount = 0
  let readings = ''
  let readingCount = 0
  for (const [at, change] of changes.entries()) {
    const { deviceId } = change
    if (at < (removedLast.get(deviceId) ?? -1) || isOnlyRemoved(change)) continue
    heads += `${deviceId}\n${headOf(change)}\n`
    headCount += 1
    for (const reading of change.readings ?? []) {
      const { sensorType, timestamp } = reading
      readings += `${deviceId} ${JSON.stringify(sensorType)}\n${timestamp}${JSON.stringify(reading)}\n`
      readingCount += 1
    }
  }
  const removed = [...removedLast.keys()].map((deviceId) => `${deviceId}\n`).join('')
  args.push(removedLast.size, headCount, readingCount, removed + heads + readings)
}

export function decodeState([deviceId, head, values]: KeptState): DeviceState {
  const [lastSeen, statusAt, status] = head.split('|', 3) as [string, string, DeviceStatus]
  const place = head.slice(lastSeen.length + statusAt.length + status.length + 3)
  return {
    deviceId,
    status,
    ...(statusAt !== '' && { statusAt }),
    ...(lastSeen !== '' && { lastSeen }),
    ...(place !== '' && { location: JSON.parse(place.slice(1)) as string }),
    readings: values.flatMap((value) =>
      value === null ? [] : [JSON.parse(value.slice(TIME_LENGTH)) as Reading],
    ),
  }
}

function isOnlyRemoved(change: DeviceStateChange): boolean {
  return change.removed === true && Object.keys(change).length === 2
}

function headOf({ lastSeen = '', statusAt = '', status, location }: DeviceStateChange): string {
  const place = location === undefined ? '' : `=${JSON.stringify(location)}`
  return `${lastSeen}|${statusAt}|${status ?? ''}|${place}`
}
