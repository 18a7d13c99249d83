import { StartError } from './app-error.js'

/** What to do about a data folder that can't be used. Other errors come back as they are. */
export function explainFolder(error: unknown, folder: string): unknown {
  if (error instanceof StartError) return error
  // Not `instanceof`: an error of another realm is none of ours by it.
  if (typeof error !== 'object' || error === null) return error
  const { code, syscall } = error as { code?: unknown; syscall?: unknown }
  // Only the file system's errors; a program that can't be started is no trouble of the folder.
  if (typeof syscall !== 'string' || syscall.startsWith('spawn')) return error
  const say = (trouble: string, remedy: string) =>
    new StartError(`The data folder ${folder} ${trouble} (${code}): ${remedy}.`, { cause: error })
  switch (code) {
    case 'EACCES':
    case 'EPERM':
      return say('may not be used by this user', 'give it to this user, or set DATA_DIR to another')
    case 'EROFS':
      return say('can’t be written', 'mount it writable, or set DATA_DIR to another')
    case 'ENOSPC':
    case 'EDQUOT':
      return say('has no room left', 'make room, or set DATA_DIR to one on another disk')
    case 'EEXIST':
    case 'EISDIR':
    case 'ENOTDIR':
    case 'ENOENT':
      return say(
        'can’t be made or read',
        'something else is in its place; move that, or set DATA_DIR to another',
      )
    default:
      return say('can’t be used', 'mend it, or set DATA_DIR to another')
  }
}
