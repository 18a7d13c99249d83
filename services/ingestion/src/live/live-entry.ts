import type {
  AlertEvent,
  AlertTransitionRecord,
  Reading,
  ReadingStatus,
  ReadingsRecord,
  StatusEvent,
} from '@iot/contracts'
import { encodeFramed, encodeReading, type ReadingFrame } from '@iot/domain'
import type { LiveEntry, LogRecord } from '@iot/ports'

/**
 * A reading of a record as everybody downstream sees it, its fields in the order of the schema. `status` is
 * what the rules say of it; until they have been asked it is normal.
 */
export function readingOf(
  record: LogRecord<ReadingsRecord>,
  index: number,
  location: string | undefined,
  status: ReadingStatus = 'normal',
): Reading {
  const { partition, offset, value } = record
  const { sensorType, value: number, unit, timestamp, adjusted } = value.readings[index]!
  const position = value.readings.length > 1 ? { partition, offset, index } : { partition, offset }
  const { deviceId, receivedAt } = value
  // The usual one at once: pieces that are spread are objects of their own.
  if (unit !== undefined && location !== undefined && !adjusted) {
    return { deviceId, sensorType, value: number, unit, timestamp, status, location, receivedAt, position }
  }
  return {
    deviceId,
    sensorType,
    value: number,
    ...(unit !== undefined && { unit }),
    timestamp,
    status,
    ...(location !== undefined && { location }),
    receivedAt,
    ...(adjusted && { adjusted }),
    position,
  }
}

export function readingEntry(reading: Reading, frame?: ReadingFrame): LiveEntry {
  const { offset, index } = reading.position!
  // Those of the frame, which outlives the reading anyway: whoever keeps many entries keeps one text of each.
  const { deviceId, sensorType } = frame ? frame.of : reading
  const json = frame ? encodeFramed(reading, frame) : encodeReading(reading)
  return index === undefined
    ? { offset, deviceId, sensorType, json }
    : { offset, index, deviceId, sensorType, json }
}

export function statusEntry(event: StatusEvent): LiveEntry {
  return { offset: event.position!.offset, deviceId: event.deviceId, json: JSON.stringify(event) }
}

/** A transition that counts. */
export function alertEntry({ partition, offset, value }: LogRecord<AlertTransitionRecord>): LiveEntry {
  const { key, transition, by, comment, alert } = value
  const event: AlertEvent = {
    ...alert,
    transition,
    ...(by !== undefined && { by }),
    ...(comment !== undefined && { comment }),
    position: { partition, offset },
  }
  return { offset, deviceId: key, json: JSON.stringify(event) }
}
