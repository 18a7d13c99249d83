import { readFileSync } from 'node:fs'

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

/** The same for a PostgreSQL server, named by its main process: all its processes, those that ended included. */
export function serverCpuMicros(main: number): number {
  const { own, ended } = readTimes(main)
  return childrenOf(main).reduce((sum, pid) => sum + cpuOrNothing(pid), own + ended)
}

/** Memory of a PostgreSQL server, MiB: what its processes share is counted once. */
export function serverMemoryMiB(main: number): number {
  return [main, ...childrenOf(main)].reduce((sum, pid) => sum + proportionalKiB(pid), 0) / 1_024
}

/** Resident memory of a process, MiB. */
export function residentMiB(pid: number): number {
  return fieldOf(readFileSync(`/proc/${pid}/status`, 'utf8'), 'VmRSS') / 1_024
}

/** The main process of the server that a backend belongs to. */
export function parentOf(pid: number): number {
  return fieldOf(readFileSync(`/proc/${pid}/status`, 'utf8'), 'PPid')
}

function childrenOf(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim()
  return children === '' ? [] : children.split(' ').map(Number)
}

/** A server process that ended a moment ago is among the ended ones of the next reading. */
function cpuOrNothing(pid: number): number {
  try {
    return cpuMicros(pid)
  } catch {
    return 0
  }
}

function proportionalKiB(pid: number): number {
  try {
    return fieldOf(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'), 'Pss')
  } catch {
    return 0
  }
}

function fieldOf(text: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1])
}
