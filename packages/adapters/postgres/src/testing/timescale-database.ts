import { until } from '@iot/testkit'
import { type StartedTimescale, startTimescale } from '@iot/testkit/containers/start-timescale'
import pg from 'pg'
import { openTestDatabase, type TestDatabase } from './test-database.js'

/** A database on the server that the fleet has, in a container of its own. */
export interface TimescaleDatabase extends TestDatabase {
  /** `docker pause`: the server freezes, its connections stay. */
  pauseServer(): void
  unpauseServer(): void
}

export async function startTimescaleDatabase(): Promise<TimescaleDatabase> {
  const server = await startTimescale()
  const database = await openTestDatabase({
    url: server.url,
    async start() {
      server.restart()
      await answers(server)
    },
    stop: async () => server.halt(),
    kill: async () => server.kill(),
    remove: () => server.stop(),
  })
  return { ...database, pauseServer: server.pause, unpauseServer: server.unpause }
}

async function answers(server: StartedTimescale): Promise<void> {
  await until('the server answers', async () => {
    const client = new pg.Client({ connectionString: server.url, connectionTimeoutMillis: 2_000 })
    client.on('error', () => {})
    try {
      await client.connect()
      await client.query('SELECT 1')
      return true
    } finally {
      await client.end().catch(() => {})
    }
  })
}
