import { TELEMETRY_LIMITS } from '@iot/contracts'
import type { DeviceStore } from '@iot/ports'

const PAGE = 1_000

interface KnownDevice {
  readonly sensors: Set<string>
  /** the comparison with the store before which it was heard last */
  heardBefore: number
}

/**
 * The devices that exist and their sensors, for the bounds on both. Loaded from the store at start; grows with
 * what devices send, and loses at each later load what the store does not know and nobody has heard since the
 * load before: what was removed.
 */
export class KnownSensors {
  readonly maxDevices: number
  readonly #devices = new Map<string, KnownDevice>()
  #loads = 0

  constructor(options: { maxDevices: number }) {
    this.maxDevices = options.maxDevices
  }

  get devices(): number {
    return this.#devices.size
  }

  /** Takes everything that the store knows, also what is beyond a bound that was higher once. Rejects like the store. */
  async load(store: Pick<DeviceStore, 'listSensors'>): Promise<void> {
    const stored = new Set<string>()
    let after: string | undefined
    for (;;) {
      const page = await store.listSensors({ limit: PAGE, ...(after !== undefined && { after }) })
      for (const { deviceId, sensorTypes } of page) {
        stored.add(deviceId)
        const { sensors } = this.#devices.get(deviceId) ?? this.#add(deviceId)
        for (const sensorType of sensorTypes) sensors.add(sensorType)
      }
      const last = page.at(-1)
      if (!last || page.length < PAGE) break
      after = last.deviceId
    }
    for (const [deviceId, { heardBefore }] of this.#devices) {
      if (heardBefore < this.#loads && !stored.has(deviceId)) this.#devices.delete(deviceId)
    }
    this.#loads += 1
  }

  /** Whether the device is known, or is now. */
  addDevice(deviceId: string): boolean {
    const known = this.#devices.get(deviceId)
    if (known) known.heardBefore = this.#loads
    else if (this.#devices.size >= this.maxDevices) return false
    else this.#add(deviceId)
    return true
  }

  /** Whether the sensor of a known device is known, or is now. */
  addSensor(deviceId: string, sensorType: string): boolean {
    const sensors = this.#devices.get(deviceId)?.sensors
    if (!sensors) return false
    if (sensors.has(sensorType)) return true
    if (sensors.size >= TELEMETRY_LIMITS.sensorsPerDevice) return false
    sensors.add(sensorType)
    return true
  }

  #add(deviceId: string): KnownDevice {
    const device = { sensors: new Set<string>(), heardBefore: this.#loads }
    this.#devices.set(deviceId, device)
    return device
  }
}
