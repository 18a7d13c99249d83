import { mkdir } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { type Component, type ComponentReport, explainFolder, type Logger, StartError } from '@iot/runtime'
import { type Cluster, prepareCluster, SERVER_ROLE } from './cluster.js'
import { type FolderLock, lockFolder } from './folder-lock.js'
import { findFreePort } from './free-port.js'
import { findServerBinaries, type ServerBinaries } from './server-binaries.js'
import { type ServerProcess, ServerStartFailure, startServer } from './server-process.js'
import { chooseServerUser, type ServerUser } from './server-user.js'
import { stopOrphan } from './stop-orphan.js'

export interface EmbeddedPostgres extends Component {
  /** Where to connect, password included; the same until `stop`. Throws before `start` has resolved. */
  url(): string
  /** The server's process; undefined while it is down. */
  pid(): number | undefined
}

interface Prepared {
  readonly binaries: ServerBinaries
  readonly user: ServerUser
  readonly cluster: Cluster
  readonly lock: FolderLock
}

const RESTART_FIRST_MS = 100
const RESTART_LONGEST_MS = 10_000
/** A server that ran as long begins its pauses anew. */
const STEADY_MS = 60_000
const PORT_ATTEMPTS = 5
const REMAINS_LIMIT_MS = 10_000

/**
 * The real PostgreSQL server as a child of this process, on 127.0.0.1, with all its files in `dataDir`.
 * `port` 0 takes a free one. The start makes the database where there is none, recovers it after a kill,
 * stops a server that a killed process has left, and refuses (StartError) a folder that another process
 * has. A server that dies by itself is started again, with pauses of 100 ms doubling to 10 s, on the same port.
 */
export function createEmbeddedPostgres(options: {
  dataDir: string
  port: number
  log: Logger
}): EmbeddedPostgres {
  const log = options.log.child({ component: 'embedded-postgres' })
  const folder = join(resolve(options.dataDir), 'postgres')
  let prepared: Prepared | undefined
  let server: ServerProcess | undefined
  let port = options.port
  let trouble: string | undefined
  let stopping: AbortController | undefined
  let watching: Promise<void> | undefined

  async function start(): Promise<void> {
    stopping = new AbortController()
    prepared = await prepare(folder, log).catch((error) => {
      throw explainFolder(error, folder)
    })
    try {
      server = await startOnSomePort(prepared)
    } catch (error) {
      await stop()
      throw error
    }
    log.info({ port, pid: server.pid, folder }, 'the database server runs')
    watching = watch(prepared, stopping.signal)
  }

  async function startOnSomePort(parts: Prepared): Promise<ServerProcess> {
    const deadline = performance.now() + REMAINS_LIMIT_MS
    for (let attempt = 1; ; attempt += 1) {
      port = options.port || (await findFreePort())
      try {
        return await startServer({ ...parts, clusterPath: parts.cluster.path, port, log })
      } catch (error) {
        const said = error instanceof ServerStartFailure ? error.said : ''
        const taken = said.includes('Address already in use')
        if (taken && options.port === 0 && attempt < PORT_ATTEMPTS) continue
        // A server was killed a moment ago, and its children are still about to notice.
        const remains = said.includes('pre-existing shared memory block')
        if (!remains || performance.now() > deadline) {
          throw explain(error, taken ? port : undefined, parts.cluster.path)
        }
        await pause(RESTART_FIRST_MS)
      }
    }
  }

  /** Starts the server again whenever it ends, until told to stop. */
  async function watch(parts: Prepared, signal: AbortSignal): Promise<void> {
    let pauseMs = RESTART_FIRST_MS
    let startedAt = performance.now()
    while (server) {
      const how = await server.ended
      if (signal.aborted) return
      server = undefined
      if (performance.now() - startedAt > STEADY_MS) pauseMs = RESTART_FIRST_MS
      trouble = 'the database server ended and is started again'
      log.error({ how }, 'the database server ended: starting it again')
      while (!server) {
        await pause(pauseMs, signal)
        if (signal.aborted) return
        pauseMs = Math.min(pauseMs * 2, RESTART_LONGEST_MS)
        try {
          await stopOrphan(parts.cluster.path, log)
          server = await startServer({ ...parts, clusterPath: parts.cluster.path, port, log })
        } catch (err) {
          trouble = 'the database server does not start'
          log.error({ err, nextInMs: pauseMs }, 'the database server does not start')
        }
      }
      startedAt = performance.now()
      trouble = undefined
      log.info({ port, pid: server.pid }, 'the database server runs again')
    }
  }

  async function stop(): Promise<void> {
    stopping?.abort()
    await server?.stop()
    await watching
    // A restart that was under way when we were told to stop.
    await server?.stop()
    server = undefined
    prepared?.lock.release()
    prepared = undefined
  }

  return {
    name: 'embedded-postgres',
    start,
    stop,
    url() {
      if (!prepared) throw new Error('the embedded database has not been started')
      return `postgres://${SERVER_ROLE}:${prepared.cluster.password}@127.0.0.1:${port}/postgres`
    },
    pid: () => server?.pid,
    health: (): ComponentReport =>
      trouble ? { status: 'degraded', detail: trouble } : { status: 'healthy' },
  }
}

async function prepare(folder: string, log: Logger): Promise<Prepared> {
  const binaries = findServerBinaries()
  await makeFolder(folder)
  const lock = lockFolder(folder, join(folder, 'lock'))
  try {
    const user = chooseServerUser(binaries, folder)
    const cluster = await prepareCluster(folder, binaries, user)
    await stopOrphan(cluster.path, log)
    return { binaries, user, cluster, lock }
  } catch (error) {
    lock.release()
    throw error
  }
}

async function makeFolder(folder: string): Promise<void> {
  // Only the server’s own folder is closed: the user that it runs as must get there.
  await mkdir(dirname(folder), { recursive: true })
  await mkdir(folder, { recursive: true, mode: 0o700 })
}

function explain(error: unknown, takenPort: number | undefined, clusterPath: string): unknown {
  if (takenPort !== undefined) {
    return new StartError(
      `Port ${takenPort} of 127.0.0.1 is taken. Free it, or set EMBEDDED_POSTGRES_PORT to another (0: any free one).`,
      { cause: error },
    )
  }
  if (!(error instanceof ServerStartFailure)) return error
  return new StartError(`The database in ${clusterPath} does not start:\n${error.said}`, { cause: error })
}

function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    signal?.addEventListener(
      'abort',
      () => {
        clearTimeout(timer)
        resolve()
      },
      { once: true },
    )
  })
}
