import type { Reading, ReadingStatus, ReadingsRecord, StatusEvent, StatusRecord } from '@iot/contracts'
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

export interface PartitionTracks {
  readonly readings: OffsetTrack
  readonly status: OffsetTrack
  readonly alerts: OffsetTrack
  readonly actionsNext: number
}

/** What the rules make of what comes in. */
export interface Judge {
  /** Something came from a device, at `atMs` by our clock. */
  heard(device: DeviceMemory, atMs: number): void
  /** A reading that is the newest of its sensor; answers its status. */
  judge(device: DeviceMemory, sensor: SensorMemory, arrivedMs: number): ReadingStatus
  /** A reading older than the newest of its sensor: it decides nothing of the value. */
  late(sensor: SensorMemory, arrivedMs: number): ReadingStatus
  statusChanged(device: DeviceMemory): void
  removed(device: DeviceMemory): void
}

/** Who waits for devices to fall silent. */
export interface SilenceWatcher {
  /** When it is silent may have come nearer. */
  watch(device: DeviceMemory): void
}

/**
 * What `live` knows of the devices of one partition. The same records in the same order make the same state
 * and the same entries, so that it can be built again after a crash. Bounded by what the log accepts.
 */
export class PartitionState {
  readonly devices = new Map<string, DeviceMemory>()
  readonly readings: OffsetTrack
  readonly status: OffsetTrack
  readonly alerts: OffsetTrack
  /** the next request of a person that is not worked in */
  actionsNext: number
  judge: Judge | undefined
  silence: SilenceWatcher | undefined
  #changed: DeviceMemory[] = []
  /** since the changes were last taken; they come before whatever the devices have said since */
  #removed = new Set<string>()

  constructor(tracks: PartitionTracks) {
    this.readings = tracks.readings
    this.status = tracks.status
    this.alerts = tracks.alerts
    this.actionsNext = tracks.actionsNext
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

    const arrivedMs = parseTime(value.receivedAt)!
    this.judge?.heard(device, arrivedMs)
    if (device.usual.heard(arrivedMs)) this.silence?.watch(device)
    for (let index = 0; index < value.readings.length; index++) {
      const { sensorType, timestamp } = value.readings[index]!
      const ms = parseTime(timestamp)!
      const known = device.sensors.get(sensorType)
      if (known && !known.recent.add(ms)) {
        this.readings.hide(offset, index)
        continue
      }
      const reading = readingOf(record, index, device.location)
      const sensor = known ?? addSensor(device, reading, ms)
      if (ms >= sensor.latestMs) {
        sensor.latest = reading
        sensor.latestMs = ms
        changeSensor(device, sensor)
        if (this.judge) reading.status = this.judge.judge(device, sensor, arrivedMs)
      } else if (this.judge) {
        reading.status = this.judge.late(sensor, arrivedMs)
      }
      sensor.frame = frameOf(reading, sensor.frame)
      shown.push(readingEntry(reading, sensor.frame))
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
    // What was heard of a device that has been removed meanwhile does not bring it back; nor does its silence.
    if (value.cause !== 'reported' && !this.devices.has(value.deviceId)) {
      this.status.hide(offset, 0)
      return undefined
    }
    const device = this.device(value.deviceId)
    if (value.cause === 'reported') device.isSilent = false
    if (value.cause === 'heard') device.hearing = false
    else if (value.status !== 'offline') this.#see(device, value.timestamp)
    if (
      value.status === device.status ||
      (value.cause === 'heard' && !changedByHearing(device, value.timestamp)) ||
      (value.cause === 'silent' && !changedBySilence(device, value))
    ) {
      this.status.hide(offset, 0)
      return undefined
    }
    this.#touch(device)
    device.status = value.status
    device.statusAt = value.timestamp
    device.isSilent = value.cause === 'silent'
    this.judge?.statusChanged(device)
    this.silence?.watch(device)
    return statusEntry(statusEventOf(device, { partition, offset }))
  }

  /** The newest reading of a sensor is as bad as this now, though no other has come. */
  setReadingStatus(deviceId: string, sensorType: string, status: ReadingStatus): void {
    const device = this.devices.get(deviceId)
    const sensor = device?.sensors.get(sensorType)
    if (!device || !sensor) return
    sensor.status = status
    if (sensor.latest.status === status) return
    sensor.latest = { ...sensor.latest, status }
    changeSensor(device, sensor)
    this.#touch(device)
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
    if (old) this.judge?.removed(old)
    this.devices.delete(deviceId)
    this.#removed.add(deviceId)
    if (!old || old.lastSeen === undefined || old.lastSeen <= at) return
    const device = this.device(deviceId)
    device.lastSeen = old.lastSeen
    device.usual.saw(parseTime(old.lastSeen)!)
    this.#touch(device)
    for (const [sensorType, sensor] of old.sensors) {
      if ((sensor.latest.receivedAt ?? '') <= at) continue
      const kept = newSensor(sensor.latest, sensor.latestMs, sensor.recent)
      device.sensors.set(sensorType, kept)
      changeSensor(device, kept)
    }
  }

  #see(device: DeviceMemory, at: string): void {
    device.usual.saw(parseTime(at)!)
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
 * maintenance, and not when it has gone offline since. What was held up on its way ends a silence too.
 */
export function changedByHearing(device: DeviceMemory, at: string): boolean {
  if (device.status === 'online' || device.status === 'maintenance') return false
  return device.isSilent || device.statusAt === undefined || at > device.statusAt
}

/** Whether a device that was found silent is offline: not in maintenance, and not when it has been heard since. */
function changedBySilence({ status, lastSeen = '' }: DeviceMemory, record: StatusRecord): boolean {
  return status !== 'maintenance' && lastSeen <= (record.lastSeen ?? record.timestamp)
}

function addSensor(device: DeviceMemory, reading: Reading, ms: number): SensorMemory {
  const sensor = newSensor(reading, ms)
  sensor.recent.add(ms)
  device.sensors.set(reading.sensorType, sensor)
  return sensor
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
