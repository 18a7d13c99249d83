import type { DeviceStatus, Reading } from '@iot/contracts'
import type { DeviceState, DeviceStateChange } from '@iot/ports'

/** Fields of a device's hash. A sensor's newest reading lies under `r` and the sensor: its time, a space, its JSON. */
const FIELDS = { status: 's', statusAt: 't', lastSeen: 'l', location: 'p' } as const
const READING = 'r'

/** A change as arguments of the script: id, whether it begins by forgetting, and pairs of field and value. */
export function encodeChange(change: DeviceStateChange, args: (string | number)[]): void {
  const { deviceId, removed, status, statusAt, lastSeen, location, readings = [] } = change
  const pairs: string[] = []
  if (status !== undefined) pairs.push(FIELDS.status, status)
  if (statusAt !== undefined) pairs.push(FIELDS.statusAt, statusAt)
  if (lastSeen !== undefined) pairs.push(FIELDS.lastSeen, lastSeen)
  if (location !== undefined) pairs.push(FIELDS.location, location)
  for (const reading of readings) {
    pairs.push(READING + reading.sensorType, `${reading.timestamp} ${JSON.stringify(reading)}`)
  }
  const isOnlyRemoved = removed && Object.keys(change).length === 2
  args.push(deviceId, isOnlyRemoved ? 'only' : removed ? 'first' : '', pairs.length / 2)
  for (const text of pairs) args.push(text)
}

/** A device's hash, as fields and values in turn; undefined where there is none. */
export function decodeState(deviceId: string, hash: readonly string[]): DeviceState | undefined {
  if (hash.length === 0) return undefined
  const fields = new Map<string, string>()
  const readings: Reading[] = []
  for (let at = 0; at < hash.length; at += 2) {
    const field = hash[at]!
    const value = hash[at + 1]!
    if (field.startsWith(READING)) readings.push(JSON.parse(value.slice(value.indexOf(' ') + 1)) as Reading)
    else fields.set(field, value)
  }
  const statusAt = fields.get(FIELDS.statusAt)
  const lastSeen = fields.get(FIELDS.lastSeen)
  const location = fields.get(FIELDS.location)
  return {
    deviceId,
    status: (fields.get(FIELDS.status) ?? 'unknown') as DeviceStatus,
    ...(statusAt !== undefined && { statusAt }),
    ...(lastSeen !== undefined && { lastSeen }),
    ...(location !== undefined && { location }),
    readings,
  }
}
