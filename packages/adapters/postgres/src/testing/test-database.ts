import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLogger } from '@iot/runtime'
import { type Database, type DatabaseOptions, openDatabase } from '../database.js'
import { createEmbeddedPostgres, type EmbeddedPostgres } from '../embedded/embedded-postgres.js'
import { migrate } from '../migrate.js'
import { copyTestCluster } from './test-cluster.js'

export interface TestDatabase {
  /** the same over stops and starts */
  readonly url: string
  /** Opens further access; `close` ends it, where the test has not. */
  openDatabase(options?: Partial<DatabaseOptions>): Database
  stopServer(): Promise<void>
  startServer(): Promise<void>
  /** `kill -9` of the server, which is not started again until `startServer`. */
  killServer(): Promise<void>
  close(): Promise<void>
}

/** A server that a test has for itself. */
export interface TestServer {
  readonly url: string
  start(): Promise<void>
  stop(): Promise<void>
  kill(): Promise<void>
  /** Takes away all that there is of it, running or not. */
  remove(): Promise<void>
}

/** A server of its own in a temporary folder, migrated. Its files are a copy of ones that were made once. */
export async function startTestDatabase(): Promise<TestDatabase> {
  return openTestDatabase(await startEmbedded())
}

/** The database of a server that runs, migrated. */
export async function openTestDatabase(server: TestServer): Promise<TestDatabase> {
  const { url } = server
  const log = silentLogger()
  const opened: Database[] = []

  function open(options: Partial<DatabaseOptions> = {}): Database {
    const database = openDatabase({ url, poolSize: 4, log, ...options })
    opened.push(database)
    return database
  }
  async function close(): Promise<void> {
    await Promise.all(opened.map((each) => each.end()))
    await server.remove()
  }

  try {
    await migrate(open({ poolSize: 1 }), log)
  } catch (error) {
    await close()
    throw error
  }
  return {
    url,
    openDatabase: open,
    startServer: server.start,
    stopServer: server.stop,
    killServer: server.kill,
    close,
  }
}

async function startEmbedded(): Promise<TestServer> {
  const dataDir = await mkdtemp(join(tmpdir(), 'iot-postgres-'))
  const log = silentLogger()
  // Of the first start, which takes another port where somebody was faster. Later ones are where the first was.
  let port = 0
  let server: EmbeddedPostgres | undefined

  async function start(): Promise<void> {
    server = createEmbeddedPostgres({ dataDir, port, log })
    await server.start({ signal: new AbortController().signal, fail: () => {} })
  }
  async function stop(): Promise<void> {
    await server?.stop()
    server = undefined
  }

  await copyTestCluster(dataDir)
  await start()
  const url = server!.url()
  port = Number(new URL(url).port)
  return {
    url,
    start,
    stop,
    async kill() {
      const pid = server?.pid()
      if (pid !== undefined) process.kill(pid, 'SIGKILL')
      await stop()
    },
    async remove() {
      await stop()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}
