import { type Static, Type } from 'typebox'

/** A device id: letters, digits and `_ . : -`, at most 64. It is a topic level, a room name and a key, so nothing else. */
export const DEVICE_ID_PATTERN = '^[A-Za-z0-9_.:-]{1,64}$'
export const DeviceId = Type.String({
  pattern: DEVICE_ID_PATTERN,
  description: 'Device id: [A-Za-z0-9_.:-], at most 64.',
})
export type DeviceId = Static<typeof DeviceId>

/** Names that are properties of every object: never a key of ours, whatever a device calls itself. */
export const FORBIDDEN_NAMES: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype'])

const deviceIdPattern = new RegExp(DEVICE_ID_PATTERN)

export function isDeviceId(value: unknown): value is DeviceId {
  return typeof value === 'string' && deviceIdPattern.test(value) && !FORBIDDEN_NAMES.has(value)
}
