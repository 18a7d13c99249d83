import type { Component } from '@iot/runtime'
import { createDatabaseComponent } from './database-component.js'
import type { OpenPortsDeps } from './open-ports.js'

const STORE_CONNECTIONS = 8

/**
 * The store: a server of the operator's own, or the embedded one as a child of this process. Connections are
 * opened as they are used.
 */
export async function openDatabase(deps: OpenPortsDeps) {
  const { config, logger } = deps
  const postgres = await import('@iot/adapter-postgres')
  const { url, servers } = await openServer(deps)
  const database = postgres.openDatabase({ url, poolSize: STORE_CONNECTIONS, log: logger })
  const others: { end(): Promise<unknown> }[] = []
  // In a fleet the migrate job has made the tables, and every service starts without the store.
  const isFleet = config.KAFKA_BROKERS !== undefined

  const component = createDatabaseComponent({
    ...(!isFleet && { prepare: () => postgres.migrate(database, logger) }),
    look: () => database.query('SELECT 1'),
    end: () => Promise.all([database.end(), ...others.map((other) => other.end())]),
    configuredUrl: config.DATABASE_URL,
    intervalMs: config.HEALTH_CHECK_INTERVAL,
    logger,
  })

  return {
    postgres,
    database,
    logger,
    /** Connections for somebody who is not to wait for the others; they end with the store's. */
    openMore(poolSize: number) {
      const more = postgres.openDatabase({ url, poolSize, log: logger })
      others.push(more)
      return more
    },
    components: [...servers, component] as readonly Component[],
  }
}

export type OpenedDatabase = Awaited<ReturnType<typeof openDatabase>>

async function openServer({
  config,
  logger,
}: OpenPortsDeps): Promise<{ url: string | (() => string); servers: Component[] }> {
  if (config.DATABASE_URL) return { url: config.DATABASE_URL, servers: [] }
  const { createEmbeddedPostgres } = await import('@iot/adapter-postgres')
  const server = createEmbeddedPostgres({
    dataDir: config.DATA_DIR,
    port: config.EMBEDDED_POSTGRES_PORT,
    log: logger,
  })
  return { url: server.url, servers: [server] }
}
