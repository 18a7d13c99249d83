import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { silentLogger } from '@iot/runtime'
import { openDatabase } from '../database.js'
import { createEmbeddedPostgres } from '../embedded/embedded-postgres.js'
import { findServerBinaries } from '../embedded/server-binaries.js'
import { migrate } from '../migrate.js'

const run = promisify(execFile)
const MIGRATIONS = new URL('../../migrations/', import.meta.url)
/** The project's cache where its scripts run us; theirs alone who have the machine's temporary folder otherwise. */
const CACHE = join(process.env.XDG_CACHE_HOME ?? tmpdir(), `iot-test-clusters-${process.getuid?.() ?? ''}`)

/**
 * Puts the files of a migrated server that was stopped into a data folder, so that a test's server need not
 * be made: that is most of a second of CPU for each. They are made once and kept, under a name that changes
 * with the server and the migrations. Where nothing can be copied (no `cp`), the folder stays as it is.
 */
export async function copyTestCluster(dataDir: string): Promise<void> {
  if (process.platform === 'win32') return
  const made = join(CACHE, await fingerprint())
  if (!existsSync(made)) await makeTestCluster(made)
  await run('cp', ['-Rp', join(made, 'postgres'), dataDir])
}

async function fingerprint(): Promise<string> {
  const hash = createHash('sha256').update(findServerBinaries().postgres)
  for (const name of (await readdir(MIGRATIONS)).sort()) {
    hash.update(name).update(await readFile(new URL(name, MIGRATIONS)))
  }
  return hash.digest('hex').slice(0, 16)
}

/** Made beside and renamed: several test processes may come at once, and any of theirs is as good. */
async function makeTestCluster(made: string): Promise<void> {
  await mkdir(CACHE, { recursive: true, mode: 0o700 })
  const unfinished = await mkdtemp(join(CACHE, 'new-'))
  const log = silentLogger()
  const server = createEmbeddedPostgres({ dataDir: unfinished, port: 0, log })
  try {
    await server.start({ signal: new AbortController().signal, fail: () => {} })
    const database = openDatabase({ url: server.url(), poolSize: 1, log })
    try {
      await migrate(database, log)
    } finally {
      await database.end()
      await server.stop()
    }
    await rename(unfinished, made).catch((error) => {
      if (!existsSync(made)) throw error
    })
  } finally {
    await rm(unfinished, { recursive: true, force: true })
  }
}
