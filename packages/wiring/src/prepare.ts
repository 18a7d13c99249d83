import { setTimeout as pause } from 'node:timers/promises'
import type { VariableName } from '@iot/contracts'
import { StoreUnavailable } from '@iot/ports'
import { type Config, type Logger, StartError } from '@iot/runtime'
import { explainDatabase } from './database-component.js'

/** The variables of the job that prepares the servers of a fleet. */
export const prepareVariables = [
  'DATABASE_URL',
  'KAFKA_BROKERS',
  'KAFKA_CLIENT_ID',
  'KAFKA_REPLICATION_FACTOR',
] as const satisfies readonly VariableName[]

export interface PrepareDeps {
  readonly config: Config<(typeof prepareVariables)[number]>
  readonly logger: Logger
  /** how long each server is waited for */
  readonly withinMs?: number
}

const WITHIN_MS = 60_000
const LOOK_EVERY_MS = 500
/** Whoever started the job starts it again: a server may need longer than we wait. */
const NOT_YET = 1

/**
 * Makes what the servers of a fleet must have before its services start: tables, topics. Can be run again, and by
 * several at once; the services go on meanwhile. Resolves with what was looked after, in plain words. Throws a
 * StartError where a server can't be used, or does not answer within the time.
 */
export async function prepareStores(deps: PrepareDeps): Promise<string[]> {
  const { DATABASE_URL, KAFKA_BROKERS } = deps.config
  if (DATABASE_URL === undefined && KAFKA_BROKERS === undefined) {
    throw new StartError(
      'There is no server to prepare: set DATABASE_URL, KAFKA_BROKERS, or both. ' +
        '(“npm start”, the form in one process, prepares its own.)',
    )
  }
  return [
    ...(DATABASE_URL === undefined ? [] : [await prepareDatabase(DATABASE_URL, deps)]),
    ...(KAFKA_BROKERS === undefined ? [] : [await prepareKafka(KAFKA_BROKERS, deps)]),
  ]
}

async function prepareDatabase(url: string, deps: PrepareDeps): Promise<string> {
  const { logger, withinMs = WITHIN_MS } = deps
  const postgres = await import('@iot/adapter-postgres')
  const database = postgres.openDatabase({ url, poolSize: 1, log: logger })
  const giveUpAtMs = performance.now() + withinMs
  try {
    for (let attempt = 1; ; attempt += 1) {
      try {
        await postgres.migrate(database, logger)
        const form = (await postgres.hasHypertable(database))
          ? 'a hypertable of TimescaleDB'
          : 'weekly partitions'
        return `The database has its tables; readings lie in ${form}.`
      } catch (error) {
        // Each migration is a transaction, and one that was committed is not applied again.
        if (!(error instanceof StoreUnavailable) || performance.now() > giveUpAtMs) throw error
        if (attempt === 1) logger.info({ reason: error.message }, 'waiting for the database')
        await pause(LOOK_EVERY_MS)
      }
    }
  } catch (error) {
    const explained = explainDatabase(error, url)
    if (!(error instanceof StoreUnavailable)) throw explained
    throw new StartError((explained as Error).message, { cause: error, exitCode: NOT_YET })
  } finally {
    await database.end()
  }
}

async function prepareKafka(servers: string, deps: PrepareDeps): Promise<string> {
  const { config, logger, withinMs = WITHIN_MS } = deps
  const { createKafkaTopics } = await import('@iot/adapter-kafka')
  const brokers = servers.split(',')
  await createKafkaTopics({
    brokers,
    clientId: config.KAFKA_CLIENT_ID,
    log: logger,
    replicationFactor: config.KAFKA_REPLICATION_FACTOR,
    withinMs,
  })
  return `Kafka has its topics, with ${config.KAFKA_REPLICATION_FACTOR} ${config.KAFKA_REPLICATION_FACTOR === 1 ? 'copy' : 'copies'} of each.`
}
