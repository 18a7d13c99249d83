import { readFileSync } from 'node:fs'
import { serverPids } from '../../e2e/harness/database.js'
import type { System } from '../../e2e/harness/system.js'

/** Linux counts the CPU of a process in these, for every program. */
const TICK_MICROS = 10_000

interface CpuTimes {
  readonly own: number
  /** of its children that have ended */
  readonly ended: number
}

function readTimes(pid: number): CpuTimes {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // The name, in brackets, may hold spaces; the fields behind it do not.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const [user = 0, system = 0, endedUser = 0, endedSystem = 0] = fields.slice(11, 15).map(Number)
  return { own: (user + system) * TICK_MICROS, ended: (endedUser + endedSystem) * TICK_MICROS }
}

/** CPU that a process has used so far, all its threads, user and kernel, µs; in steps of 10 ms. Linux only. */
export function cpuMicros(pid: number): number {
  return readTimes(pid).own
}

/** The same for the system's PostgreSQL: all its processes, those that have ended since included. */
export function databaseCpuMicros(system: System): number {
  const [main, ...others] = serverPids(system)
  if (main === undefined) throw new Error('the database server does not run')
  const { own, ended } = readTimes(main)
  return others.reduce((sum, pid) => sum + cpuOrNothing(pid), own + ended)
}

/** A server process that ended a moment ago is among the ended ones of the next reading. */
function cpuOrNothing(pid: number): number {
  try {
    return cpuMicros(pid)
  } catch {
    return 0
  }
}
