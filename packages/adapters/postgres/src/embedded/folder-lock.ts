import { spawnSync } from 'node:child_process'
import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs'
import { StartError } from '@iot/runtime'

export interface FolderLock {
  release(): void
}

/**
 * Takes the folder for this process, until `release` or the process’s end, however it ends. Throws a
 * StartError that names the folder and the process that has it.
 *
 * The kernel’s lock on an open file is taken by `flock` on a file that it inherits, and stays with this
 * process; it also holds between containers that share a volume. Where there is no such program (macOS), the
 * process id in the file has to do.
 */
export function lockFolder(folder: string, lockFile: string): FolderLock {
  const file = openSync(lockFile, 'a+', 0o600)
  const { status, error } = spawnSync('flock', ['-n', '3'], { stdio: ['ignore', 'ignore', 'ignore', file] })
  const holder = Number.parseInt(readFileSync(lockFile, 'utf8'), 10)
  const free = error ? !isAlive(holder) : status === 0
  if (!free) {
    closeSync(file)
    throw new StartError(
      `The data folder ${folder} is in use by another process${holder ? ` (${holder})` : ''}. ` +
        'Stop it, or set DATA_DIR to a folder of its own.',
    )
  }
  ftruncateSync(file)
  writeSync(file, `${process.pid}\n`)
  let held = true
  return {
    release() {
      if (!held) return
      held = false
      ftruncateSync(file)
      closeSync(file)
    },
  }
}

function isAlive(pid: number): boolean {
  if (!(pid > 0)) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
