import { DEVICE_KINDS, type DeviceKind } from './device-kinds.js'
import type { DeviceModel, SensorModel } from './device-model.js'
import { smoothNoise } from './noise.js'

/**
 * Among so many devices there is one that loses its connection now and then, one with a sensor that drifts, and
 * one with a firmware that knows no units.
 */
const ODD_ONE_IN = 12
const FLAKY_AT = 7
const DRIFTING_AT = 1
const OLD_AT = 10

/** The devices of a fleet: the same for the same seed, and a larger fleet begins with the smaller one. */
export function createDevices(options: { count: number; seed: number }): DeviceModel[] {
  return Array.from({ length: options.count }, (_, at) => createDevice(at, options.seed))
}

function createDevice(at: number, seed: number): DeviceModel {
  const kind = DEVICE_KINDS[at % DEVICE_KINDS.length]!
  const number = Math.floor(at / DEVICE_KINDS.length) + 1
  const deviceId = `${kind.id}-${String(number).padStart(2, '0')}`
  return {
    deviceId,
    name: `${kind.name} ${number}`,
    site: kind.site,
    location: kind.location.replace('#', String(number)),
    tags: kind.tags,
    form: at % ODD_ONE_IN === OLD_AT ? 'flat' : kind.form,
    sensors: sensorsOf(kind, deviceId, seed, at % ODD_ONE_IN === DRIFTING_AT),
    isFlaky: at % ODD_ONE_IN === FLAKY_AT,
  }
}

/** No two devices of a kind are quite alike. */
function sensorsOf(kind: DeviceKind, deviceId: string, seed: number, isDrifting: boolean): SensorModel[] {
  return kind.sensors.map((sensor, at) => ({
    ...sensor,
    base: sensor.base + smoothNoise(seed, `${deviceId} ${sensor.sensorType} base`, 0, 1) * sensor.noise,
    ...(isDrifting && at === 0 && { driftPerDay: 0.4 }),
  }))
}
