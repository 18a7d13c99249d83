import type { Clock } from '@iot/ports'
import { createDevices } from './create-devices.js'
import type { DeviceModel } from './device-model.js'
import { chance } from './noise.js'
import { type Broker, type DeviceFigures, SimulatedDevice } from './simulated-device.js'

/** Moments that are caught up with at once after the process stood still; older ones were never measured. */
const CATCH_UP = 10

export interface FleetOptions extends Omit<Broker, 'sharedTopic'> {
  /** how many, or which */
  readonly devices: number | readonly DeviceModel[]
  /** moments a second at which each device measures */
  readonly rate: number
  readonly seed: number
  readonly clock: Clock
  readonly sharedTopic?: string
  /** What goes wrong with a connection; it is tried again anyway. */
  onError?(error: Error): void
}

export interface FleetFigures extends Readonly<DeviceFigures> {
  readonly devices: number
  readonly connected: number
}

export interface Fleet {
  /** Connects the devices one after another and has them measure until `stop`. */
  start(): void
  /** Devices say that they are offline and leave. */
  stop(): Promise<void>
  figures(): FleetFigures
}

/**
 * A fleet of devices, each with its own connection. What they measure depends on the seed and the clock alone:
 * daily rhythms, noise, lost messages, a sensor that drifts, a device that drops out.
 */
export function createFleet(options: FleetOptions): Fleet {
  const { seed, clock, rate, sharedTopic = 'sensor/data', onError = () => {} } = options
  const models =
    typeof options.devices === 'number' ? createDevices({ count: options.devices, seed }) : options.devices
  const figures: DeviceFigures = { sent: 0, acknowledged: 0, dropped: 0 }
  const devices = models.map((device) => ({
    device: new SimulatedDevice({ device, seed, broker: { ...options, sharedTopic }, figures, onError }),
    phase: chance(seed, device.deviceId, 'phase'),
  }))
  const timers = new Set<NodeJS.Timeout>()
  const periodMs = 1_000 / rate
  let isRunning = false

  /** Each device measures at multiples of the period, shifted by its own phase. */
  function turn(device: SimulatedDevice, phase: number, next: number): void {
    const waitMs = Math.max(0, (next + phase) * periodMs - clock.nowMs())
    const timer = setTimeout(() => {
      timers.delete(timer)
      if (!isRunning) return
      const due = Math.floor(clock.nowMs() / periodMs - phase)
      for (let moment = Math.max(next, due - CATCH_UP + 1); moment <= due; moment++) {
        device.tick(Math.round((moment + phase) * periodMs))
      }
      turn(device, phase, Math.max(next, due + 1))
    }, waitMs)
    timers.add(timer)
  }

  return {
    start() {
      isRunning = true
      const now = Math.floor(clock.nowMs() / periodMs)
      for (const { device, phase } of devices) turn(device, phase, now)
    },
    async stop() {
      isRunning = false
      for (const timer of timers) clearTimeout(timer)
      timers.clear()
      await Promise.all(devices.map(({ device }) => device.stop()))
    },
    figures: () => ({
      ...figures,
      devices: devices.length,
      connected: devices.filter(({ device }) => device.isConnected).length,
    }),
  }
}
