import { type Static, type TSchema, Type } from 'typebox'
import { AlertActionRecord, AlertRecord } from './alert.js'
import { DeadLetterRecord } from './dead-letter.js'
import { StatusRecord } from './device.js'
import { copyReadingsRecord, encodeReadingsRecord } from './encode-readings-record.js'
import { ReadingsRecord } from './telemetry.js'
import { writeReadingsRecord } from './write-readings-record.js'

/** A topic of the event log: its name, who keys it, and the schema of its records. */
export interface TopicContract<Name extends string = string, Schema extends TSchema = TSchema> {
  readonly name: Name
  /** device-keyed topics share one partition count, so partition n of all of them holds the same devices */
  readonly key: 'deviceId'
  readonly schema: Schema
  /** how long a record stays readable at least */
  readonly retentionHours: number
  /**
   * Left out: `PARTITIONS`. A log that lies in one process has `PARTITIONS` of every topic, so whoever names a
   * number here goes by partition 0 alone.
   */
  readonly partitions?: number
  /** JSON of a value that fits the schema, where there is a faster way than `JSON.stringify` */
  readonly encode?: (value: Static<Schema>) => string
  /**
   * Writes the UTF-8 of what `encode` answers into bytes from a place on; answers where it ends, or -1 where there is no
   * room for it or it is unusual: then `encode` it is.
   */
  readonly write?: (value: Static<Schema>, bytes: Uint8Array, at: number) => number
  /** a value of its own, as decoding what `encode` wrote gives it */
  readonly copy?: (value: Static<Schema>) => Static<Schema>
}

function topic<const Name extends string, Schema extends TSchema>(
  contract: TopicContract<Name, Schema>,
): TopicContract<Name, Schema> {
  return Object.freeze(contract)
}

/** Every topic, once. */
export const TOPICS = {
  sensorsData: topic({
    name: 'sensors-data',
    key: 'deviceId',
    schema: ReadingsRecord,
    retentionHours: 72,
    encode: encodeReadingsRecord,
    write: writeReadingsRecord,
    copy: copyReadingsRecord,
  }),
  deviceStatus: topic({ name: 'device-status', key: 'deviceId', schema: StatusRecord, retentionHours: 168 }),
  /** every transition of every alert */
  alerts: topic({ name: 'alerts', key: 'deviceId', schema: AlertRecord, retentionHours: 336 }),
  /** what people ask to be done with alerts */
  alertActions: topic({
    name: 'alert-actions',
    key: 'deviceId',
    schema: AlertActionRecord,
    retentionHours: 168,
  }),
  deadLetters: topic({
    name: 'sensors-data.dead',
    key: 'deviceId',
    schema: DeadLetterRecord,
    retentionHours: 336,
  }),
  /** A lease, without records: whoever's partition 0 is, is the one reader of the MQTT broker. */
  mqttReader: topic({
    name: 'mqtt-reader',
    key: 'deviceId',
    schema: Type.Object({}, { additionalProperties: false }),
    retentionHours: 1,
    partitions: 1,
  }),
} as const

/** Partitions of each device-keyed topic. Another count is another epoch. */
export const PARTITIONS = 6

const encoder = new TextEncoder()

/**
 * The partition of a key: murmur2 as Kafka's own default partitioner has it, so that a producer
 * outside of this system puts a device where we would.
 */
export function partitionOf(key: string, partitions: number): number {
  return (murmur2(encoder.encode(key)) & 0x7fffffff) % partitions
}

function murmur2(data: Uint8Array): number {
  const multiplier = 0x5bd1e995
  const { length } = data
  let hash = (0x9747b28c ^ length) | 0
  const words = length >> 2
  for (let word = 0; word < words; word++) {
    const at = word << 2
    let k = data[at]! | (data[at + 1]! << 8) | (data[at + 2]! << 16) | (data[at + 3]! << 24)
    k = Math.imul(k, multiplier)
    k ^= k >>> 24
    k = Math.imul(k, multiplier)
    hash = Math.imul(hash, multiplier) ^ k
  }
  const tail = words << 2
  const left = length & 3
  if (left === 3) hash ^= data[tail + 2]! << 16
  if (left >= 2) hash ^= data[tail + 1]! << 8
  if (left >= 1) hash = Math.imul(hash ^ data[tail]!, multiplier)
  hash = Math.imul(hash ^ (hash >>> 13), multiplier)
  return (hash ^ (hash >>> 15)) | 0
}
