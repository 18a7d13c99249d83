import { spawnSync } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { type Logger, StartError } from '@iot/runtime'

/** Signals in turn, each with the time it gets: fast shutdown, immediate shutdown, the kernel’s. */
const STEPS = [
  ['SIGINT', 8_000],
  ['SIGQUIT', 4_000],
  ['SIGKILL', 4_000],
] as const

/**
 * Stops the server that a killed process of ours has left running on these files, and takes a stale
 * `postmaster.pid` away. We hold the folder’s lock, so whoever runs there is nobody else’s; it is stopped
 * rather than adopted, because nobody reads its log and its end could not be noticed.
 */
export async function stopOrphan(clusterPath: string, log: Logger): Promise<void> {
  const pidFile = join(clusterPath, 'postmaster.pid')
  const pid = readPid(pidFile)
  if (pid === undefined) return
  if (!isServerOf(clusterPath, pid)) {
    // The machine went down, and its process id may be somebody else’s now: the server would refuse to start.
    rmSync(pidFile, { force: true })
    return
  }
  log.warn({ pid }, 'an orphaned database server is still running: stopping it')
  for (const [signal, withinMs] of STEPS) {
    signalIfAlive(pid, signal)
    if (await isGone(clusterPath, pid, withinMs)) return
  }
  throw new StartError(`The database server ${pid} on ${clusterPath} does not end. End it, and start again.`)
}

function readPid(pidFile: string): number | undefined {
  try {
    const pid = Number.parseInt(readFileSync(pidFile, 'utf8'), 10)
    return pid > 0 ? pid : undefined
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** Whether that process is a server on these files, and not another that has got its id since. */
function isServerOf(clusterPath: string, pid: number): boolean {
  return commandOf(pid).includes(clusterPath)
}

function commandOf(pid: number): string {
  if (process.platform !== 'linux') {
    return spawnSync('ps', ['-ww', '-o', 'command=', '-p', String(pid)], { encoding: 'utf8' }).stdout ?? ''
  }
  try {
    // Empty for a process that has ended and that nobody has waited for.
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}

async function isGone(clusterPath: string, pid: number, withinMs: number): Promise<boolean> {
  const deadline = performance.now() + withinMs
  while (isServerOf(clusterPath, pid)) {
    if (performance.now() > deadline) return false
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return true
}

function signalIfAlive(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
