import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import type { Logger } from '@iot/runtime'
import { serverEnvironment } from './cluster.js'
import type { ServerBinaries } from './server-binaries.js'
import { settingArguments } from './server-settings.js'
import { commandAs, ownerOf, type ServerUser } from './server-user.js'

export interface ServerProcess {
  readonly pid: number
  /** Resolves when the server has ended, whyever, with how. */
  readonly ended: Promise<string>
  /** Fast shutdown: open transactions are rolled back, a checkpoint is written. Bounded: then harder signals. */
  stop(): Promise<void>
}

/** The server did not come up; `said` holds its last lines. */
export class ServerStartFailure extends Error {
  readonly said: string
  constructor(said: string) {
    super(`The database server did not start: ${said || 'it said nothing'}`)
    this.name = 'ServerStartFailure'
    this.said = said
  }
}

const READY = 'database system is ready to accept connections'
/** Recovery after a kill reads 256 MB of WAL at most. */
const START_LIMIT_MS = 120_000
const FAST_STOP_MS = 5_000
const IMMEDIATE_STOP_MS = 2_000
const KEPT_LINES = 20
const LINE_LENGTH = 500

/** Runs the server and resolves when it takes connections. Rejects with ServerStartFailure. */
export async function startServer(deps: {
  binaries: ServerBinaries
  user: ServerUser
  clusterPath: string
  port: number
  log: Logger
}): Promise<ServerProcess> {
  const [command, args] = commandAs(deps.user, deps.binaries.postgres, [
    '-D',
    deps.clusterPath,
    ...settingArguments(deps.port),
  ])
  const child = spawn(command, args, {
    env: serverEnvironment(),
    stdio: ['ignore', 'ignore', 'pipe'],
    // A process group of its own: Ctrl-C is for us, and the server goes last.
    detached: true,
    ...ownerOf(deps.user),
  })
  const ended = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`))
    child.once('error', (error) => resolve(error.message))
  })
  const stopWithUs = () => child.kill('SIGINT')
  process.once('exit', stopWithUs)
  void ended.then(() => process.removeListener('exit', stopWithUs))

  const lines: string[] = []
  const isReady = followLog(child.stderr, deps.log, lines)
  const outcome = await Promise.race([isReady, ended, timeLimit(START_LIMIT_MS)])
  if (outcome !== 'ready') {
    await stopProcess(child, ended)
    throw new ServerStartFailure([...lines, outcome].join('\n'))
  }
  return { pid: child.pid!, ended, stop: () => stopProcess(child, ended) }
}

async function stopProcess(child: ChildProcess, ended: Promise<string>): Promise<void> {
  for (const [signal, withinMs] of [
    ['SIGINT', FAST_STOP_MS],
    ['SIGQUIT', IMMEDIATE_STOP_MS],
    ['SIGKILL', IMMEDIATE_STOP_MS],
  ] as const) {
    child.kill(signal)
    const limit = timeLimit(withinMs)
    if ((await Promise.race([ended, limit])) !== TOO_LONG) return
  }
}

const TOO_LONG = 'it took too long'

function timeLimit(ms: number): Promise<typeof TOO_LONG> {
  return new Promise((resolve) => setTimeout(resolve, ms, TOO_LONG as typeof TOO_LONG).unref())
}

/** The server’s lines go to our log by their severity, the last few are kept; resolves when it is ready. */
function followLog(stderr: Readable, log: Logger, lines: string[]): Promise<'ready'> {
  return new Promise((resolve) => {
    createInterface({ input: stderr }).on('line', (whole) => {
      const line = whole.slice(0, LINE_LENGTH)
      lines.push(line)
      if (lines.length > KEPT_LINES) lines.shift()
      if (line.includes(READY)) resolve('ready')
      logLine(line, log)
    })
  })
}

function logLine(line: string, log: Logger): void {
  const fields = { server: line }
  if (/^PANIC:/.test(line)) log.error(fields, 'the database server says')
  // Errors of statements reach their callers; beside them one look at the log should do.
  else if (/^(WARNING|ERROR|FATAL):/.test(line)) log.warn(fields, 'the database server says')
  else log.debug(fields, 'the database server says')
}
