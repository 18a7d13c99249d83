import type { ReadingStore } from '@iot/ports'
import { type Logger, silentLogger } from '@iot/runtime'
import type { Database } from '../database.js'
import { deleteRemoved } from './delete-removed.js'
import { findTimePartitions } from './find-time-partitions.js'
import { readBuckets, readLatest, readReadings } from './read-readings.js'
import { createSensorIds } from './sensor-ids.js'
import { createReadingWriter } from './write-readings.js'

/** The history in PostgreSQL: see migrations/002-readings.sql. */
export function createPostgresReadingStore(deps: { database: Database; log?: Logger }): ReadingStore {
  const { database } = deps
  const partitions = findTimePartitions({ database, log: deps.log ?? silentLogger() })
  return {
    write: createReadingWriter({ database, partitions, sensorIds: createSensorIds(database) }),
    read: (query) => readReadings(database, query),
    buckets: (query) => readBuckets(database, query),
    latest: (deviceId) => readLatest(database, deviceId),
    async dropBefore(beforeMs) {
      const dropped = await partitions.dropBefore(beforeMs)
      await deleteRemoved(database, beforeMs)
      return dropped
    },
  }
}
