import type { Reading } from '@iot/contracts'
import type { DeviceState, DeviceStateChange } from '@iot/ports'

/** The newest state of every device. As many as the log accepts (MAX_DEVICES, 256 sensors each). */
export class DeviceStates {
  readonly #devices = new Map<string, Known>()
  /** device ids in order; `#unsorted` were added since */
  #ids: string[] = []
  #unsorted = false
  #online = 0

  apply(change: DeviceStateChange): void {
    if (change.removed) {
      this.#forget(change.deviceId)
      if (Object.keys(change).length === 2) return
    }
    let known = this.#devices.get(change.deviceId)
    if (!known) {
      known = { status: 'unknown', readings: new Map() }
      this.#devices.set(change.deviceId, known)
      this.#ids.push(change.deviceId)
      this.#unsorted = true
    }
    if (change.status !== undefined && change.status !== known.status) {
      if (change.status === 'online') this.#online += 1
      if (known.status === 'online') this.#online -= 1
      known.status = change.status
    }
    if (change.statusAt !== undefined) known.statusAt = change.statusAt
    if (change.lastSeen !== undefined && change.lastSeen > (known.lastSeen ?? '')) {
      known.lastSeen = change.lastSeen
    }
    if (change.location !== undefined) known.location = change.location
    for (const reading of change.readings ?? []) {
      const kept = known.readings.get(reading.sensorType)
      if (!kept || kept.timestamp <= reading.timestamp) known.readings.set(reading.sensorType, reading)
    }
  }

  get(deviceIds: readonly string[]): DeviceState[] {
    const states: DeviceState[] = []
    for (const deviceId of deviceIds) {
      const known = this.#devices.get(deviceId)
      if (known) states.push(stateOf(deviceId, known))
    }
    return states
  }

  list(options: { after?: string; limit: number }): DeviceState[] {
    if (this.#unsorted) {
      this.#ids.sort()
      this.#unsorted = false
    }
    const from = options.after === undefined ? 0 : firstBeyond(this.#ids, options.after)
    return this.get(this.#ids.slice(from, from + options.limit))
  }

  counts(): { total: number; online: number } {
    return { total: this.#devices.size, online: this.#online }
  }

  #forget(deviceId: string): void {
    const known = this.#devices.get(deviceId)
    if (!known) return
    if (known.status === 'online') this.#online -= 1
    this.#devices.delete(deviceId)
    this.#ids.splice(this.#ids.indexOf(deviceId), 1)
  }
}

interface Known extends Omit<Mutable<DeviceState>, 'deviceId' | 'readings'> {
  readonly readings: Map<string, Reading>
}

type Mutable<Type> = { -readonly [Key in keyof Type]: Type[Key] }

function stateOf(deviceId: string, known: Known): DeviceState {
  return {
    deviceId,
    status: known.status,
    ...(known.statusAt !== undefined && { statusAt: known.statusAt }),
    ...(known.lastSeen !== undefined && { lastSeen: known.lastSeen }),
    ...(known.location !== undefined && { location: known.location }),
    readings: [...known.readings.values()],
  }
}

/** Index of the first of sorted ids that comes after one. */
function firstBeyond(ids: readonly string[], id: string): number {
  let low = 0
  let high = ids.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (ids[middle]! > id) high = middle
    else low = middle + 1
  }
  return low
}
