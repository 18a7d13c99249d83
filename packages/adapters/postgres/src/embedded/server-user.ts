import { spawnSync } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { StartError } from '@iot/runtime'
import type { ServerBinaries } from './server-binaries.js'

/**
 * As whom the server’s programs run: PostgreSQL refuses to run as root.
 * `prefix` goes before the program; `uid` and `gid` are the OS user it runs as, and whose the files must be.
 */
export interface ServerUser {
  readonly prefix: readonly string[]
  readonly uid?: number
  readonly gid?: number
}

const MAPPED = ['unshare', '--user', '--map-user=1000', '--map-group=1000'] as const

/**
 * Chooses as whom to run. A normal user: as that one. Root: as the owner of the folder, where that is somebody
 * else (it ran so before); in a user namespace of its own, where root is seen as user 1000 (the files stay
 * root’s, folders that only root can enter are reachable); where the kernel refuses that, as the owner of
 * the folder around it, as `postgres` or as `nobody`, whichever can run the programs. Throws a StartError that
 * names the ways out where none can.
 */
export function chooseServerUser(
  binaries: ServerBinaries,
  folder: string,
  options: { namespaces?: boolean; processUid?: number } = {},
): ServerUser {
  const processUid = options.processUid ?? process.getuid?.()
  if (processUid !== 0) return { prefix: [] }
  const around = dirname(folder)
  const candidates: ServerUser[] = [
    ...ownersOf(folder),
    ...(options.namespaces === false ? [] : [{ prefix: MAPPED }]),
    ...ownersOf(around),
    ...wellKnownUsers(),
  ]
  for (const candidate of candidates) {
    if (canRun(candidate, binaries, around)) return candidate
  }
  throw new StartError(
    `PostgreSQL does not run as root, this kernel gives no user namespace (“${MAPPED.join(' ')}” fails), and ` +
      `no other user can reach both ${binaries.postgres} and ${around}. Either run as a normal user, ` +
      'or move the project out of a folder that only root can enter (such as /root), ' +
      'or set DATABASE_URL to a PostgreSQL server of your own.',
  )
}

function ownersOf(path: string): ServerUser[] {
  const { uid, gid } = statSync(path)
  return uid === 0 ? [] : [{ prefix: [], uid, gid }]
}

function wellKnownUsers(): ServerUser[] {
  const users = readUsers()
  return ['postgres', 'nobody'].flatMap((name) => {
    const user = users.get(name)
    return user ? [{ prefix: [], ...user }] : []
  })
}

function readUsers(): Map<string, { uid: number; gid: number }> {
  let text = ''
  try {
    text = readFileSync('/etc/passwd', 'utf8')
  } catch {
    // A system without the file has no such users.
  }
  const users = new Map<string, { uid: number; gid: number }>()
  for (const line of text.split('\n')) {
    const [name, , uid, gid] = line.split(':')
    if (name && uid && gid) users.set(name, { uid: Number(uid), gid: Number(gid) })
  }
  return users
}

/** Tries it: that user must be able to get to where its folder lies, and to run the program. */
function canRun(user: ServerUser, binaries: ServerBinaries, folder: string): boolean {
  const script = 'cd "$1" && exec "$2" --version'
  const [command, args] = commandAs(user, 'sh', ['-c', script, 'sh', folder, binaries.postgres])
  const { status } = spawnSync(command, args, { stdio: 'ignore', timeout: 10_000, ...ownerOf(user) })
  return status === 0
}

/** The part of spawn's options that says as whom. */
export function ownerOf(user: ServerUser): { uid?: number; gid?: number } {
  return user.uid === undefined ? {} : { uid: user.uid, gid: user.gid }
}

/** A program and its arguments, with what has to stand before them. */
export function commandAs(
  user: ServerUser,
  program: string,
  args: readonly string[],
): [command: string, args: string[]] {
  const [command = program, ...rest] = [...user.prefix, program, ...args]
  return [command, rest]
}
