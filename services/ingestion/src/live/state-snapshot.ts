import { type DeviceStatus, type Reading, TOPICS } from '@iot/contracts'
import { type KeptInterval, RecentTimestamps, UsualInterval } from '@iot/domain'
import type { Snapshot } from '@iot/ports'
import { AlertBook, type KeptBook } from './alerts/alert-book.js'
import { type KeptSlot, keepSlots } from './alerts/slot.js'
import { newDevice, newSensor, type SensorMemory } from './device-memory.js'
import { type KeptTrack, OffsetTrack } from './offset-track.js'
import { PartitionState } from './partition-state.js'

/** Raised when older snapshots can't be read any more: they are then left aside and the log is read instead. */
const VERSION = 2
/** Before there were alerts; it is read as one without any. */
const WITHOUT_ALERTS = 1
/** With more sensors than this in a partition fewer timestamps of each are kept, so that a snapshot stays small. */
const MANY_SENSORS = 20_000
const STAMPS_OF_MANY = 4

interface KeptState {
  readonly version: number
  /** when it was made, ms since 1970 */
  readonly atMs?: number
  readonly readings: KeptTrack
  readonly status: KeptTrack
  readonly alerts?: KeptTrack
  readonly actions?: number
  readonly book?: KeptBook
  readonly devices: readonly KeptDevice[]
}

interface KeptDevice {
  readonly deviceId: string
  readonly status: DeviceStatus
  readonly statusAt?: string | undefined
  readonly isSilent?: true
  readonly usual?: KeptInterval | undefined
  readonly lastSeen?: string | undefined
  readonly location?: string | undefined
  /** how far its rules have got */
  readonly slots?: readonly KeptSlot[] | undefined
  readonly sensors: readonly KeptSensor[]
}

/** The latest reading, its device time, the recent timestamps as differences to it, and how far its rules have got. */
type KeptSensor = readonly [
  latest: Reading,
  latestMs: number,
  recent: readonly number[],
  slots?: readonly KeptSlot[],
]

/** All that a member needs to go on with a partition. */
export interface KnownPartition {
  readonly state: PartitionState
  readonly book: AlertBook
  /** when it was last known to be looked after, ms since 1970; undefined: never */
  readonly aliveMs: number | undefined
}

export function newPartition(spanMs: number): KnownPartition {
  const newTrack = () => new OffsetTrack(spanMs)
  const tracks = { readings: newTrack(), status: newTrack(), alerts: newTrack(), actionsNext: 0 }
  return { state: new PartitionState(tracks), book: new AlertBook(), aliveMs: undefined }
}

export function encodeSnapshot(state: PartitionState, book: AlertBook, nowMs: number): Snapshot {
  const sensors = [...state.devices.values()].reduce((sum, device) => sum + device.sensors.size, 0)
  const stamps = sensors > MANY_SENSORS ? STAMPS_OF_MANY : undefined
  const kept: KeptState = {
    version: VERSION,
    atMs: nowMs,
    readings: state.readings.keep(),
    status: state.status.keep(),
    alerts: state.alerts.keep(),
    actions: state.actionsNext,
    book: book.keep(),
    devices: [...state.devices.values()].map((device) => ({
      deviceId: device.deviceId,
      status: device.status,
      statusAt: device.statusAt,
      ...(device.isSilent && { isSilent: true }),
      usual: device.usual.keep(),
      lastSeen: device.lastSeen,
      location: device.location,
      slots: keepSlots(device),
      sensors: [...device.sensors.values()].map((sensor) => keepSensor(sensor, stamps)),
    })),
  }
  return {
    offsets: {
      [TOPICS.sensorsData.name]: state.readings.next,
      [TOPICS.deviceStatus.name]: state.status.next,
      [TOPICS.alerts.name]: state.alerts.next,
      [TOPICS.alertActions.name]: state.actionsNext,
    },
    state: JSON.stringify(kept),
  }
}

/** Undefined for the snapshot of another version. */
export function decodeSnapshot(snapshot: Snapshot, spanMs: number): KnownPartition | undefined {
  const kept = JSON.parse(snapshot.state) as KeptState
  if (kept.version !== VERSION && kept.version !== WITHOUT_ALERTS) return undefined
  const state = new PartitionState({
    readings: new OffsetTrack(spanMs, kept.readings),
    status: new OffsetTrack(spanMs, kept.status),
    alerts: new OffsetTrack(spanMs, kept.alerts),
    actionsNext: kept.actions ?? 0,
  })
  for (const one of kept.devices) {
    const { deviceId, status, statusAt, isSilent = false, lastSeen, location, slots, sensors } = one
    const device = newDevice(deviceId, new UsualInterval(one.usual))
    Object.assign(device, { status, statusAt, isSilent, lastSeen, location, kept: slots })
    for (const sensor of sensors) device.sensors.set(sensor[0].sensorType, restoreSensor(sensor))
    state.devices.set(deviceId, device)
  }
  return { state, book: new AlertBook(kept.book), aliveMs: kept.atMs }
}

function keepSensor(sensor: SensorMemory, stamps: number | undefined): KeptSensor {
  const { latest, latestMs, recent } = sensor
  const differences = recent.list(stamps).map((ms) => ms - latestMs)
  const slots = keepSlots(sensor)
  return slots ? [latest, latestMs, differences, slots] : [latest, latestMs, differences]
}

function restoreSensor([latest, latestMs, recent, slots]: KeptSensor): SensorMemory {
  const stamps = new RecentTimestamps(
    recent.map((difference) => latestMs + difference),
    latestMs,
  )
  const sensor = newSensor(latest, latestMs, stamps)
  sensor.kept = slots
  return sensor
}
