import type { EventLog } from '@iot/ports'
import type { Component } from '@iot/runtime'
import type { OpenedDatabase } from './open-database.js'
import type { OpenPortsDeps } from './open-ports.js'

/** Connections for the log alone: a slow question of a person never delays a reading. */
const LOG_CONNECTIONS = 4

/** The event log: Kafka where there are brokers, tables of the database otherwise. */
export async function openLog(
  { config, clock, logger }: OpenPortsDeps,
  store: OpenedDatabase | undefined,
): Promise<EventLog & Component> {
  if (config.KAFKA_BROKERS !== undefined) {
    const { createKafkaEventLog } = await import('@iot/adapter-kafka')
    const brokers = config.KAFKA_BROKERS.split(',')
    return createKafkaEventLog({ brokers, clientId: config.KAFKA_CLIENT_ID, log: logger, clock })
  }
  const { postgres, openMore } = store!
  return postgres.createPostgresEventLog({
    database: openMore(LOG_CONNECTIONS),
    log: logger,
    clock,
    maxLogBytes: config.LOG_MAX_BYTES,
  })
}
