import {
  type AlertEvent,
  alertKey,
  type DeviceStatus,
  type LiveKind,
  PARTITIONS,
  partitionOf,
  type Reading,
  type StatusEvent,
} from '@iot/contracts'
import { encodeReading } from '@iot/domain'
import type { DeviceStateChange, LiveBatch, LiveBus } from '@iot/ports'

export const EPOCH = 'epoch-of-the-test'

export interface Sample {
  readonly deviceId: string
  readonly sensorType?: string
  readonly value: number
  readonly timestamp?: string
  readonly location?: string
}

export type AlertSketch = Partial<AlertEvent>

export type Publisher = ReturnType<typeof createPublisher>

/** Stands in for `live`: gives offsets, encodes, publishes with the state that follows. */
export function createPublisher(bus: LiveBus) {
  const heads = new Map<string, number>()
  let alertsMade = 0

  function place(kind: LiveKind, partition: number) {
    const before = heads.get(`${kind} ${partition}`) ?? -1
    heads.set(`${kind} ${partition}`, before + 1)
    return { before, last: before + 1 }
  }

  /** Each sample is a record of its own. */
  function readings(...samples: Sample[]): Promise<Reading[]> {
    return records(...samples.map((sample) => [sample]))
  }

  /** Each list of samples, of one device, is a record. */
  async function records(...lists: (readonly Sample[])[]): Promise<Reading[]> {
    const published: Reading[] = []
    const batches: LiveBatch[] = []
    const changes: DeviceStateChange[] = []
    for (const samples of lists) {
      const { deviceId } = samples[0]!
      const partition = partitionOf(deviceId, PARTITIONS)
      const { before, last } = place('readings', partition)
      const own = samples.map((sample, index) => readingOf(sample, { partition, offset: last, index }))
      const entries = own.map((reading, index) => {
        return { offset: last, index, deviceId, sensorType: reading.sensorType, json: encodeReading(reading) }
      })
      published.push(...own)
      changes.push({ deviceId, readings: own.slice(-1), lastSeen: own.at(-1)!.timestamp })
      batches.push({ epoch: EPOCH, kind: 'readings', partition, before, last, entries })
    }
    await bus.publish(batches, changes)
    return published
  }

  async function status(deviceId: string, to: DeviceStatus): Promise<StatusEvent> {
    const partition = partitionOf(deviceId, PARTITIONS)
    const { before, last } = place('status', partition)
    const timestamp = new Date().toISOString()
    const body = { deviceId, status: to, timestamp, position: { partition, offset: last } }
    const entries = [{ offset: last, deviceId, json: JSON.stringify(body) }]
    await bus.publish(
      [{ epoch: EPOCH, kind: 'status', partition, before, last, entries }],
      [{ deviceId, status: to, statusAt: timestamp }],
    )
    return body
  }

  /** Each transition is a record of its own; what is left out is that of an alert that has just opened. */
  async function alerts(...sketches: AlertSketch[]): Promise<AlertEvent[]> {
    const published: AlertEvent[] = []
    const batches: LiveBatch[] = []
    for (const sketch of sketches) {
      alertsMade += 1
      const event = alertOf(sketch, `alert-${alertsMade}`)
      const partition = partitionOf(alertKey(event), PARTITIONS)
      const { before, last } = place('alerts', partition)
      const body: AlertEvent = { ...event, position: { partition, offset: last } }
      const entries = [{ offset: last, deviceId: alertKey(event), json: JSON.stringify(body) }]
      published.push(body)
      batches.push({ epoch: EPOCH, kind: 'alerts', partition, before, last, entries })
    }
    await bus.publish(batches, [])
    return published
  }

  return { readings, records, status, alerts }
}

function readingOf(sample: Sample, position: NonNullable<Reading['position']>): Reading {
  return {
    deviceId: sample.deviceId,
    sensorType: sample.sensorType ?? 'temperature',
    value: sample.value,
    timestamp: sample.timestamp ?? new Date().toISOString(),
    status: 'normal',
    ...(sample.location !== undefined && { location: sample.location }),
    position,
  }
}

function alertOf(sketch: AlertSketch, alertId: string): AlertEvent {
  const timestamp = new Date().toISOString()
  return {
    alertId,
    severity: 'warning',
    type: 'threshold',
    message: 'Temperature threshold exceeded',
    timestamp,
    state: 'open',
    transition: 'opened',
    episode: 1,
    seq: 1,
    openedAt: timestamp,
    ...sketch,
  }
}
