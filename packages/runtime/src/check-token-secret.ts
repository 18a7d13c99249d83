import { StartError } from './app-error.js'

const MIN_BYTES = 32
/** What the seeds and tutorials print, in the letters that remain when case and separators are gone. */
const EXAMPLES = ['yourjwtsecret', 'changeme', 'examplesecret', 'secretsecret', 'jwtsecret']

/** Throws a StartError for a JWT_SECRET that is short, and in production for one that everybody knows. */
export function checkTokenSecret(secret: string, production: boolean): void {
  const bytes = Buffer.byteLength(secret)
  if (bytes < MIN_BYTES) {
    throw new StartError(
      `JWT_SECRET has ${bytes} bytes and needs ${MIN_BYTES}: openssl rand -base64 48 makes a good one`,
    )
  }
  const letters = secret.toLowerCase().replace(/[^a-z]/g, '')
  if (production && EXAMPLES.some((example) => letters.startsWith(example))) {
    throw new StartError(
      'JWT_SECRET is an example that everybody knows: openssl rand -base64 48 makes a good one',
    )
  }
}
