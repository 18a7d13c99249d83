import { TELEMETRY_LIMITS } from '@iot/contracts'
import type { DeviceStore } from '@iot/ports'

const PAGE = 1_000

/**
 * The devices that exist and their sensors, for the bounds on both. Loaded from the store at start; grows with
 * what devices send.
 */
export class KnownSensors {
  readonly maxDevices: number
  readonly #sensors = new Map<string, Set<string>>()

  constructor(options: { maxDevices: number }) {
    this.maxDevices = options.maxDevices
  }

  get devices(): number {
    return this.#sensors.size
  }

  /** Takes everything that the store knows, also what is beyond a bound that was higher once. */
  async load(store: Pick<DeviceStore, 'listSensors'>): Promise<void> {
    let after: string | undefined
    for (;;) {
      const page = await store.listSensors({ limit: PAGE, ...(after !== undefined && { after }) })
      for (const { deviceId, sensorTypes } of page) this.#sensors.set(deviceId, new Set(sensorTypes))
      const last = page.at(-1)
      if (!last || page.length < PAGE) return
      after = last.deviceId
    }
  }

  /** Whether the device is known, or is now. */
  addDevice(deviceId: string): boolean {
    if (this.#sensors.has(deviceId)) return true
    if (this.#sensors.size >= this.maxDevices) return false
    this.#sensors.set(deviceId, new Set())
    return true
  }

  /** Whether the sensor of a known device is known, or is now. */
  addSensor(deviceId: string, sensorType: string): boolean {
    const sensors = this.#sensors.get(deviceId)
    if (!sensors) return false
    if (sensors.has(sensorType)) return true
    if (sensors.size >= TELEMETRY_LIMITS.sensorsPerDevice) return false
    sensors.add(sensorType)
    return true
  }
}
