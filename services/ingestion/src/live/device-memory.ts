import type { DeviceStatus, Reading, ReadingStatus } from '@iot/contracts'
import { type ReadingFrame, RecentTimestamps, UsualInterval } from '@iot/domain'
import type { DeviceState, DeviceStateChange } from '@iot/ports'
import { NOT_RULED, type Ruled } from './alerts/slot.js'
import type { DeviceSilence } from './silence.js'

/** What is remembered of one sensor. */
export interface SensorMemory extends Ruled {
  latest: Reading
  /** device time of `latest`, ms since 1970 */
  latestMs: number
  /** how bad its readings are now */
  status: ReadingStatus
  readonly recent: RecentTimestamps
  /** what its last events had in common */
  frame: ReadingFrame | undefined
  changed: boolean
}

/** What is remembered of one device. */
export interface DeviceMemory extends Ruled {
  readonly deviceId: string
  status: DeviceStatus
  statusAt: string | undefined
  /** it is offline because nothing came: whatever comes next ends that */
  isSilent: boolean
  /** how often it is heard of */
  readonly usual: UsualInterval
  /** waits for it to fall silent; undefined: not yet looked after */
  silence: DeviceSilence | undefined
  lastSeen: string | undefined
  location: string | undefined
  readonly sensors: Map<string, SensorMemory>
  /** sensors whose latest has changed since the state was last given out */
  changedSensors: SensorMemory[]
  changed: boolean
  /** that it was heard is on its way to the log: not to be said again */
  hearing: boolean
}

export function newDevice(deviceId: string, usual = new UsualInterval()): DeviceMemory {
  return {
    deviceId,
    status: 'unknown',
    statusAt: undefined,
    isSilent: false,
    usual,
    silence: undefined,
    lastSeen: undefined,
    location: undefined,
    sensors: new Map(),
    changedSensors: [],
    changed: false,
    hearing: false,
    ...NOT_RULED,
  }
}

export function newSensor(latest: Reading, latestMs: number, recent = new RecentTimestamps()): SensorMemory {
  const { status } = latest
  return { latest, latestMs, status, recent, frame: undefined, changed: false, ...NOT_RULED }
}

/** What has changed of a device since the last call. */
export function takeChange(device: DeviceMemory): DeviceStateChange {
  const readings = device.changedSensors.map((sensor) => {
    sensor.changed = false
    return sensor.latest
  })
  device.changedSensors = []
  device.changed = false
  return { ...knownOf(device), readings }
}

/** All that is known of a device. */
export function stateOf(device: DeviceMemory): DeviceState {
  return { ...knownOf(device), readings: [...device.sensors.values()].map(({ latest }) => latest) }
}

function knownOf(device: DeviceMemory) {
  const { deviceId, status, statusAt, lastSeen, location } = device
  return {
    deviceId,
    status,
    ...(statusAt !== undefined && { statusAt }),
    ...(lastSeen !== undefined && { lastSeen }),
    ...(location !== undefined && { location }),
  }
}
