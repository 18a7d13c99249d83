import { type DeviceStatus, type Reading, TOPICS } from '@iot/contracts'
import { RecentTimestamps } from '@iot/domain'
import type { Snapshot } from '@iot/ports'
import { newDevice, newSensor } from './device-memory.js'
import { type KeptTrack, OffsetTrack } from './offset-track.js'
import { PartitionState } from './partition-state.js'

/** Raised when older snapshots can't be read any more: they are then left aside and the log is read instead. */
const VERSION = 1
/** With more sensors than this in a partition fewer timestamps of each are kept, so that a snapshot stays small. */
const MANY_SENSORS = 20_000
const STAMPS_OF_MANY = 4

interface KeptState {
  readonly version: number
  readonly readings: KeptTrack
  readonly status: KeptTrack
  readonly devices: readonly KeptDevice[]
}

interface KeptDevice {
  readonly deviceId: string
  readonly status: DeviceStatus
  readonly statusAt?: string | undefined
  readonly lastSeen?: string | undefined
  readonly location?: string | undefined
  /** the latest reading, its device time, and the recent timestamps as differences to it */
  readonly sensors: readonly (readonly [latest: Reading, latestMs: number, recent: readonly number[]])[]
}

export function encodeSnapshot(state: PartitionState): Snapshot {
  const sensors = [...state.devices.values()].reduce((sum, device) => sum + device.sensors.size, 0)
  const stamps = sensors > MANY_SENSORS ? STAMPS_OF_MANY : undefined
  const kept: KeptState = {
    version: VERSION,
    readings: state.readings.keep(),
    status: state.status.keep(),
    devices: [...state.devices.values()].map(
      ({ deviceId, status, statusAt, lastSeen, location, sensors }) => ({
        deviceId,
        status,
        statusAt,
        lastSeen,
        location,
        sensors: [...sensors.values()].map(({ latest, latestMs, recent }) => [
          latest,
          latestMs,
          recent.list(stamps).map((ms) => ms - latestMs),
        ]),
      }),
    ),
  }
  return {
    offsets: {
      [TOPICS.sensorsData.name]: state.readings.next,
      [TOPICS.deviceStatus.name]: state.status.next,
    },
    state: JSON.stringify(kept),
  }
}

/** Undefined for the snapshot of another version. */
export function decodeSnapshot(snapshot: Snapshot, spanMs: number): PartitionState | undefined {
  const kept = JSON.parse(snapshot.state) as KeptState
  if (kept.version !== VERSION) return undefined
  const state = new PartitionState({
    readings: new OffsetTrack(spanMs, kept.readings),
    status: new OffsetTrack(spanMs, kept.status),
  })
  for (const { deviceId, status, statusAt, lastSeen, location, sensors } of kept.devices) {
    const device = newDevice(deviceId)
    Object.assign(device, { status, statusAt, lastSeen, location })
    for (const [latest, latestMs, recent] of sensors) {
      const stamps = new RecentTimestamps(
        recent.map((difference) => latestMs + difference),
        latestMs,
      )
      device.sensors.set(latest.sensorType, newSensor(latest, latestMs, stamps))
    }
    state.devices.set(deviceId, device)
  }
  return state
}
