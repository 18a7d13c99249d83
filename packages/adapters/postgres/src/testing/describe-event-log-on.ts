import { describeEventLog, type EventLogUnderTest } from '@iot/conformance'
import { silentLogger } from '@iot/runtime'
import { FakeClock } from '@iot/testkit'
import { afterAll, beforeAll } from '@jest/globals'
import { createPostgresEventLog, type PostgresEventLogOptions } from '../event-log/event-log.js'
import { emptyLog, openFaultyDatabase, started } from '../event-log/testing.js'
import type { TestDatabase } from './test-database.js'

/** The log in tables of any PostgreSQL server. */
export function describeEventLogOn(name: string, startServer: () => Promise<TestDatabase>): void {
  let server: TestDatabase
  beforeAll(async () => {
    server = await startServer()
  }, 120_000)
  afterAll(() => server.close())

  function describeWith(variant: string, options: Partial<PostgresEventLogOptions>): void {
    async function create(): Promise<EventLogUnderTest> {
      const { database, loseAnswerOf } = openFaultyDatabase(server)
      await emptyLog(database)
      const clock = new FakeClock()
      const open = () =>
        started(
          createPostgresEventLog({
            database,
            clock,
            log: silentLogger(),
            partitions: 2,
            lingerMs: 1,
            revokeLimitMs: 1_000,
            ...options,
          }),
        )
      let log = await open()
      return {
        log,
        partitions: 2,
        close: async () => {
          await log.stop()
          await database.end()
        },
        loseNextCommitAnswer: () => loseAnswerOf('log_commit'),
        passHours: async (hours) => {
          clock.advance(hours * 3_600_000)
          await log.retain()
        },
        reopen: async () => {
          await log.stop()
          log = await open()
          return log
        },
      }
    }
    describeEventLog(variant, create, { durable: true })
  }

  describeWith(name, {})
  // Nothing stays in memory: every read comes from the table.
  describeWith(`${name} without a tail`, { tailBytes: 0 })
}
