import type { LiveBatch, LiveBus, LiveEntry } from '@iot/ports'
import { expect } from '@jest/globals'

/** The same bus, whose batches come as plain values, and each body that comes as bytes says what its text does. */
export function withPlainBatches(bus: LiveBus): LiveBus {
  return {
    publish: (batches, changes) => bus.publish(batches, changes),
    refill: (batches) => bus.refill(batches),
    subscribe: (subscriber) =>
      bus.subscribe({ ...subscriber, onBatch: (batch) => subscriber.onBatch(plain(batch)) }),
    async window(kind, partition, after, epoch) {
      const { complete, batches } = await bus.window(kind, partition, after, epoch)
      return { complete, batches: batches.map(plain) }
    },
    heads: () => bus.heads(),
    floors: () => bus.floors(),
  }
}

function plain(batch: LiveBatch): LiveBatch {
  return { ...batch, entries: batch.entries.map(plainEntry) }
}

function plainEntry({ offset, index, deviceId, sensorType, json, encoded }: LiveEntry): LiveEntry {
  if (encoded) expect(encoded.bytes.toString('utf8', encoded.start, encoded.end)).toBe(json)
  return {
    offset,
    ...(index !== undefined && { index }),
    deviceId,
    ...(sensorType !== undefined && { sensorType }),
    json,
  }
}
