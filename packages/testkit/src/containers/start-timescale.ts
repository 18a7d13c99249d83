import { execFileSync } from 'node:child_process'
import { freePort } from './free-port.js'
import { startContainer } from './start-container.js'

const IMAGE = 'timescale/timescaledb:2.19.3-pg17'
const PORT = 5432
const USER = 'iot'
const PASSWORD = 'of-a-test'
const STARTUP_LIMIT_MS = 120_000

export interface StartedTimescale {
  /** for `docker pause` and the like */
  readonly id: string
  /** postgres://…; the same over `kill`, `halt` and `restart` */
  readonly url: string
  /** SIGKILL. */
  kill(): void
  /** The server's own way of stopping, and waits for its end. */
  halt(): void
  /** Starts it again after `kill` or `halt`, on the files that it had. */
  restart(): void
  pause(): void
  unpause(): void
  stop(): Promise<void>
}

/** PostgreSQL with TimescaleDB, as the fleet runs it, but for the disk: nothing waits until it has the data. */
export async function startTimescale(): Promise<StartedTimescale> {
  const { Wait } = await import('testcontainers')
  // A fixed one: after a restart the engine would give out another.
  const port = await freePort()
  const container = await startContainer((Container) =>
    new Container(IMAGE)
      .withEnvironment({ POSTGRES_USER: USER, POSTGRES_PASSWORD: PASSWORD, POSTGRES_DB: USER })
      .withCommand(['postgres', '-c', 'fsync=off', '-c', 'timescaledb.telemetry_level=off'])
      .withExposedPorts({ container: PORT, host: port })
      .withStartupTimeout(STARTUP_LIMIT_MS)
      // The first time is the server that makes the database; nobody reaches that one.
      .withWaitStrategy(Wait.forLogMessage(/database system is ready to accept connections/, 2)),
  )
  const id = container.getId()
  const docker = (...args: string[]) => execFileSync('docker', args, { encoding: 'utf8' })
  return {
    id,
    url: `postgres://${USER}:${PASSWORD}@127.0.0.1:${port}/${USER}`,
    kill: () => void docker('kill', id),
    halt: () => void docker('stop', '--time', '10', id),
    restart: () => void docker('start', id),
    pause: () => void docker('pause', id),
    unpause: () => void docker('unpause', id),
    stop: async () => void docker('rm', '--force', '--volumes', id),
  }
}
