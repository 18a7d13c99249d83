import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chown, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { StartError } from '@iot/runtime'
import type { ServerBinaries } from './server-binaries.js'
import { commandAs, ownerOf, type ServerUser } from './server-user.js'

export const SERVER_ROLE = 'iot'

export interface Cluster {
  /** the server's data directory */
  readonly path: string
  readonly password: string
}

/**
 * The server's files in `folder`: made at the first start (about a second), left alone later. A process
 * killed on the way leaves nothing half: the files are made beside and renamed.
 */
export async function prepareCluster(
  folder: string,
  binaries: ServerBinaries,
  user: ServerUser,
): Promise<Cluster> {
  const path = join(folder, 'cluster')
  const passwordFile = join(folder, 'password')
  const password = await readFileIfThere(passwordFile)
  if ((await readFileIfThere(join(path, 'PG_VERSION'))) !== undefined) {
    if (password) return { path, password }
    throw new StartError(
      `${passwordFile} is gone, and the database in ${path} can’t be opened without it. ` +
        'Put it back (it is made once, at the first start), or move the data folder away to begin anew.',
    )
  }
  const made = password || randomBytes(24).toString('base64url')
  await writeFile(passwordFile, made, { mode: 0o600 })
  const unfinished = join(folder, 'cluster.new')
  await rm(unfinished, { recursive: true, force: true })
  await mkdir(unfinished, { mode: 0o700 })
  if (user.uid !== undefined && user.gid !== undefined) {
    for (const each of [folder, passwordFile, unfinished]) await chown(each, user.uid, user.gid)
  }
  await runInitdb(unfinished, passwordFile, binaries, user)
  await rename(unfinished, path)
  return { path, password: made }
}

async function runInitdb(
  path: string,
  passwordFile: string,
  binaries: ServerBinaries,
  user: ServerUser,
): Promise<void> {
  const [command, args] = commandAs(user, binaries.initdb, [
    `--pgdata=${path}`,
    `--username=${SERVER_ROLE}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--no-instructions',
  ])
  const child = spawn(command, args, {
    env: serverEnvironment(),
    stdio: ['ignore', 'ignore', 'pipe'],
    ...ownerOf(user),
  })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-4_000)
  })
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve)
  })
  if (code !== 0) throw new StartError(`The database could not be made in ${path}:\n${said.trim()}`)
}

/** What the server may see of our environment: none of our secrets, and no PG… that would change it. */
export function serverEnvironment(): Record<string, string> {
  return { PATH: process.env.PATH ?? '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' }
}

async function readFileIfThere(path: string): Promise<string | undefined> {
  try {
    return (await readFile(path, 'utf8')).trim()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
