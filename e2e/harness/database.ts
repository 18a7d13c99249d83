import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Client } from 'pg'
import type { System } from './system.js'

type Place = Pick<System, 'dataDir'>

/** The embedded server's main process; undefined where it does not run. */
export function serverPid(system: Place): number | undefined {
  try {
    return Number(pidFileOf(system)[0])
  } catch {
    return undefined
  }
}

/** The embedded server's processes, the main one first. */
export function serverPids(system: Place): number[] {
  const main = serverPid(system)
  if (main === undefined) return []
  return [main, ...childrenOf(main)]
}

function childrenOf(parent: number): number[] {
  try {
    return readFileSync(`/proc/${parent}/task/${parent}/children`, 'utf8').trim().split(/\s+/).map(Number)
  } catch {
    // No Linux: there `ps` is part of the system.
    const { stdout } = spawnSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' })
    const pairs = (stdout ?? '').split('\n').map((line) => line.trim().split(/\s+/).map(Number))
    return pairs.filter(([, ppid]) => ppid === parent).map(([pid]) => pid!)
  }
}

/** Sends a signal to all of them; answers to which. */
export function signalServer(system: Place, signal: NodeJS.Signals): number[] {
  const pids = serverPids(system)
  for (const pid of pids) signalIfThere(pid, signal)
  return pids
}

export function isAlive(pid: number): boolean {
  return signalIfThere(pid, 0)
}

export function signalIfThere(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(pid, signal)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
    throw error
  }
}

/** A connection of the test's own to the system's database. */
export async function openDatabase(system: Place): Promise<Client> {
  const port = Number(pidFileOf(system)[3])
  const password = readFileSync(join(system.dataDir, 'postgres', 'password'), 'utf8').trim()
  const client = new Client({ host: '127.0.0.1', port, user: 'iot', password, database: 'postgres' })
  client.on('error', () => {})
  await client.connect()
  return client
}

/** Its lines: process id, folder, time, port, … */
function pidFileOf(system: Place): string[] {
  return readFileSync(join(system.dataDir, 'postgres', 'cluster', 'postmaster.pid'), 'utf8').split('\n')
}
