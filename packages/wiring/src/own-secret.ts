import { randomBytes } from 'node:crypto'
import { mkdir, open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { StartError } from '@iot/runtime'

const MIN_BYTES = 32
/** What the seeds and tutorials print, in the letters that remain when case and separators are gone. */
const EXAMPLES = ['yourjwtsecret', 'changeme', 'examplesecret', 'secretsecret', 'jwtsecret']

/**
 * The secret that signs access tokens: the configured one, or one made once and kept in the data folder,
 * readable by its owner alone. Throws a StartError for one that is short, and in production for an example.
 */
export async function findTokenSecret(options: {
  configured: string | undefined
  dataDir: string
  production: boolean
}): Promise<string> {
  if (options.configured === undefined) return ownSecret(join(options.dataDir, 'secrets'))
  const bytes = Buffer.byteLength(options.configured)
  if (bytes < MIN_BYTES) {
    throw new StartError(
      `JWT_SECRET has ${bytes} bytes and needs ${MIN_BYTES}: openssl rand -base64 48 makes a good one`,
    )
  }
  const letters = options.configured.toLowerCase().replace(/[^a-z]/g, '')
  if (options.production && EXAMPLES.some((example) => letters.startsWith(example))) {
    throw new StartError(
      'JWT_SECRET is an example that everybody knows: openssl rand -base64 48 makes a good one',
    )
  }
  return options.configured
}

async function ownSecret(folder: string): Promise<string> {
  const path = join(folder, 'jwt-secret')
  await mkdir(folder, { recursive: true, mode: 0o700 })
  try {
    const file = await open(path, 'wx', 0o600)
    try {
      const secret = randomBytes(48).toString('base64url')
      await file.writeFile(secret)
      await file.sync()
      return secret
    } finally {
      await file.close()
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  const kept = (await readFile(path, 'utf8')).trim()
  if (Buffer.byteLength(kept) >= MIN_BYTES) return kept
  throw new StartError(`${path} is not whole: delete it (everybody has to log in again) and start again`)
}
