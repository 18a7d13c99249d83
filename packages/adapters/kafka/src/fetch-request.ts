import { ByteWriter } from './byte-writer.js'
import type { FetchRequest } from './kafka-cluster.js'

const NONE = -1
/** Of what transactions have written, only what they have committed. */
const READ_COMMITTED = 1
/** Of one place: partition, leader's epoch, offset, the log's start, how many bytes at most. */
const PLACE_BYTES = 4 + 4 + 8 + 8 + 4

/** The body of a fetch request, version 11, of places in the order in which the broker is to fill its answer. */
export function encodeFetchRequest({ maxWaitMs, maxBytes, partitionBytes, places }: FetchRequest): Buffer {
  let bytes = 4 + 4 + 4 + 4 + 1 + 4 + 4 + 4 + 4 + 2
  for (const { topic } of places) bytes += 2 + Buffer.byteLength(topic) + 4 + PLACE_BYTES
  const writer = new ByteWriter(bytes)
  writer.int32(NONE) // no replica
  writer.int32(maxWaitMs)
  writer.int32(1) // bytes that are worth an answer
  writer.int32(maxBytes)
  writer.int8(READ_COMMITTED)
  writer.int32(0) // no session that would remember the places
  writer.int32(NONE)
  writer.int32(places.length)
  for (const { topic, partition, offset } of places) {
    writer.name(topic)
    writer.int32(1)
    writer.int32(partition)
    writer.int32(NONE)
    writer.int64(offset)
    writer.int64(NONE)
    writer.int32(partitionBytes)
  }
  writer.int32(0) // no places to be forgotten
  writer.int16(0) // no rack
  return writer.buffer
}
