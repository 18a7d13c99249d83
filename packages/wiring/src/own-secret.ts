import { createHmac, randomBytes } from 'node:crypto'
import { mkdir, open, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { checkTokenSecret, explainFolder, StartError } from '@iot/runtime'

const MIN_BYTES = 32

/**
 * The secret that signs access tokens: the configured one, or one made once and kept in the data folder,
 * readable by its owner alone. Throws a StartError for one that is short, in production for an example, and for
 * a data folder that can't be used.
 */
export async function findTokenSecret(options: {
  configured: string | undefined
  dataDir: string
  production: boolean
}): Promise<string> {
  if (options.configured === undefined) return ownSecret(join(options.dataDir, 'secrets'))
  checkTokenSecret(options.configured, options.production)
  return options.configured
}

async function ownSecret(folder: string): Promise<string> {
  const path = join(folder, 'jwt-secret')
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const made = await makeSecret(path)
    if (made !== undefined) return made
    const kept = (await readFile(path, 'utf8')).trim()
    if (Buffer.byteLength(kept) >= MIN_BYTES) return kept
  } catch (error) {
    throw explainFolder(error, folder)
  }
  throw new StartError(`${path} is not whole: delete it (everybody has to log in again) and start again`)
}

/** Resolves with undefined where there is a file already. */
async function makeSecret(path: string): Promise<string | undefined> {
  const file = await open(path, 'wx', 0o600).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EEXIST') return undefined
    throw error
  })
  if (!file) return undefined
  try {
    const secret = randomBytes(48).toString('base64url')
    await file.writeFile(secret)
    await file.sync()
    return secret
  } catch (error) {
    // A full disk must not leave half a secret, which the next start would refuse.
    await rm(path, { force: true }).catch(() => {})
    throw error
  } finally {
    await file.close()
  }
}

/**
 * The one-time set-up token of a fleet, the same from every gateway that has the secret, so that whichever printed
 * its link last has made no other void. It is worth nothing once there is a user.
 */
export function deriveSetupToken(secret: string): string {
  return createHmac('sha256', secret).update('the set-up link of the first administrator').digest('base64url')
}
