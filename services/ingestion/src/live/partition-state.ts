import type { ReadingsRecord, StatusEvent, StatusRecord } from '@iot/contracts'
import { frameOf, parseTime } from '@iot/domain'
import type { DeviceStateChange, LiveEntry, LogRecord } from '@iot/ports'
import {
  type DeviceMemory,
  newDevice,
  newSensor,
  type SensorMemory,
  stateOf,
  takeChange,
} from './device-memory.js'
import { readingEntry, readingOf, statusEntry } from './live-entry.js'
import type { OffsetTrack } from './offset-track.js'

/**
 * What `live` knows of the devices of one partition. The same records in the same order make the same state
 * and the same entries, so that it can be built again after a crash. Bounded by what the log accepts.
 */
export class PartitionState {
  readonly devices = new Map<string, DeviceMemory>()
  readonly readings: OffsetTrack
  readonly status: OffsetTrack
  #changed: DeviceMemory[] = []
  /** since the changes were last taken; they come before whatever the devices have said since */
  #removed = new Set<string>()

  constructor(tracks: { readings: OffsetTrack; status: OffsetTrack }) {
    this.readings = tracks.readings
    this.status = tracks.status
  }

  /** Works a record in and adds what is to be shown of it to `shown`: all but repeats. */
  applyReadings(record: LogRecord<ReadingsRecord>, shown: LiveEntry[]): DeviceMemory {
    const { offset, value } = record
    this.readings.enter(offset, record.timestampMs)
    const device = this.device(value.deviceId)
    this.#touch(device)
    if (device.lastSeen === undefined || device.lastSeen < value.receivedAt)
      device.lastSeen = value.receivedAt
    if (value.location !== undefined) device.location = value.location

    const { readings } = value
    for (let index = 0; index < readings.length; index++) {
      const { sensorType, timestamp } = readings[index]!
      const ms = parseTime(timestamp)!
      const sensor = device.sensors.get(sensorType)
      if (sensor && !sensor.recent.add(ms)) {
        this.readings.hide(offset, index)
        continue
      }
      const reading = readingOf(record, index, device.location)
      const frame = frameOf(reading, sensor?.frame)
      shown.push(readingEntry(reading, frame))
      if (!sensor) {
        const added = newSensor(reading, ms)
        added.recent.add(ms)
        added.frame = frame
        device.sensors.set(sensorType, added)
        changeSensor(device, added)
        continue
      }
      sensor.frame = frame
      if (ms >= sensor.latestMs) {
        sensor.latest = reading
        sensor.latestMs = ms
        changeSensor(device, sensor)
      }
    }
    return device
  }

  /** Works a record in; answers what is to be shown of it: a change. */
  applyStatus(record: LogRecord<StatusRecord>): LiveEntry | undefined {
    const { partition, offset, value } = record
    this.status.enter(offset, record.timestampMs)
    if (value.cause === 'removed') {
      this.#remove(value.deviceId, value.timestamp)
      this.status.hide(offset, 0)
      return undefined
    }
    // What was heard of a device that has been removed meanwhile does not bring it back.
    if (value.cause === 'heard' && !this.devices.has(value.deviceId)) {
      this.status.hide(offset, 0)
      return undefined
    }
    const device = this.device(value.deviceId)
    if (value.cause === 'heard') device.hearing = false
    else if (value.status !== 'offline') this.#see(device, value.timestamp)
    if (
      value.status === device.status ||
      (value.cause === 'heard' && !changedByHearing(device, value.timestamp))
    ) {
      this.status.hide(offset, 0)
      return undefined
    }
    this.#touch(device)
    device.status = value.status
    device.statusAt = value.timestamp
    return statusEntry(statusEventOf(device, { partition, offset }))
  }

  device(deviceId: string): DeviceMemory {
    let device = this.devices.get(deviceId)
    if (!device) {
      device = newDevice(deviceId)
      this.devices.set(deviceId, device)
    }
    return device
  }

  /** What has changed since the last call. */
  takeChanges(): DeviceStateChange[] {
    return [...this.#takeRemovals(), ...this.#takeChanged().map(takeChange)]
  }

  /** All that is known, which counts as given out, and what is not known any more. */
  takeAll(): DeviceStateChange[] {
    this.#takeChanged().map(takeChange)
    return [...this.#takeRemovals(), ...[...this.devices.values()].map(stateOf)]
  }

  #takeRemovals(): DeviceStateChange[] {
    const removed = [...this.#removed]
    this.#removed.clear()
    return removed.map((deviceId) => ({ deviceId, removed: true }))
  }

  #takeChanged(): DeviceMemory[] {
    const changed = this.#changed
    this.#changed = []
    // A device that was removed and heard again has another memory.
    return changed.filter((device) => this.devices.get(device.deviceId) === device)
  }

  /** Forgets what came up to a time; topics may be a little ahead of each other, so some may have come since. */
  #remove(deviceId: string, at: string): void {
    const old = this.devices.get(deviceId)
    this.devices.delete(deviceId)
    this.#removed.add(deviceId)
    if (!old || old.lastSeen === undefined || old.lastSeen <= at) return
    const device = this.device(deviceId)
    device.lastSeen = old.lastSeen
    this.#touch(device)
    for (const [sensorType, sensor] of old.sensors) {
      if ((sensor.latest.receivedAt ?? '') <= at) continue
      const kept = newSensor(sensor.latest, sensor.latestMs, sensor.recent)
      device.sensors.set(sensorType, kept)
      changeSensor(device, kept)
    }
  }

  #see(device: DeviceMemory, at: string): void {
    if (device.lastSeen !== undefined && device.lastSeen >= at) return
    device.lastSeen = at
    this.#touch(device)
  }

  #touch(device: DeviceMemory): void {
    if (device.changed) return
    device.changed = true
    this.#changed.push(device)
  }
}

/**
 * Whether something that came from a device at `at` says that it is online: not when it is known to be, not in
 * maintenance, and not when it has gone offline since.
 */
export function changedByHearing(device: DeviceMemory, at: string): boolean {
  if (device.status === 'online' || device.status === 'maintenance') return false
  return device.statusAt === undefined || at > device.statusAt
}

function changeSensor(device: DeviceMemory, sensor: SensorMemory): void {
  if (sensor.changed) return
  sensor.changed = true
  device.changedSensors.push(sensor)
}

function statusEventOf(device: DeviceMemory, position: { partition: number; offset: number }): StatusEvent {
  const { deviceId, status, statusAt, location, lastSeen } = device
  return {
    deviceId,
    status,
    timestamp: statusAt!,
    ...(location !== undefined && { location }),
    ...(lastSeen !== undefined && { lastSeen }),
    position,
  }
}
