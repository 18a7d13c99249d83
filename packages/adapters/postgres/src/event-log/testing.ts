import { StoreUnavailable } from '@iot/ports'
import type { Database } from '../database.js'
import type { TestDatabase } from '../testing/test-database.js'
import type { PostgresEventLog } from './event-log.js'

/** A database of which a prepared statement can be told to take effect while its answer is lost. */
export function openFaultyDatabase(server: TestDatabase): {
  database: Database
  loseAnswerOf(statement: string): void
  /** Called before each named statement is sent; may fail it. */
  beforeEach(hook: (statement: string) => Promise<void> | void): void
} {
  const database = server.openDatabase()
  const lost = new Set<string>()
  let hook: (statement: string) => Promise<void> | void = () => {}
  return {
    loseAnswerOf: (statement) => lost.add(statement),
    beforeEach: (next) => {
      hook = next
    },
    database: {
      ...database,
      async query(text, values, options) {
        if (options?.name) await hook(options.name)
        const answer = await database.query(text, values, options)
        if (options?.name && lost.delete(options.name)) throw new StoreUnavailable('the answer was lost')
        return answer as never
      },
    },
  }
}

export async function emptyLog(database: Database): Promise<void> {
  await database.query('TRUNCATE event_log, log_topic, log_partition, log_batch, log_group, log_group_offset')
}

export async function started(
  log: PostgresEventLog,
  fail: (error: unknown) => void = () => {},
): Promise<PostgresEventLog> {
  await log.start({ signal: new AbortController().signal, fail })
  return log
}
