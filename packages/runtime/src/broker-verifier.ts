import { pbkdf2, randomBytes } from 'node:crypto'
import { promisify } from 'node:util'

const derive = promisify(pbkdf2)
const HASH_BYTES = 64
const SALT_BYTES = 12
/**
 * Few on purpose: our passwords are 144 random bits, which no number of guesses finds, and a broker that has read
 * its logins again verifies every open connection anew, one after the other.
 */
const ITERATIONS = 10

/** A password as Mosquitto's password file has it: PBKDF2 over SHA-512, salt and hash in base64. */
export async function brokerVerifier(
  password: string,
  more: { iterations?: number; salt?: Buffer } = {},
): Promise<string> {
  const { iterations = ITERATIONS, salt = randomBytes(SALT_BYTES) } = more
  const hash = await derive(password, salt, iterations, HASH_BYTES, 'sha512')
  return `$7$${iterations}$${salt.toString('base64')}$${hash.toString('base64')}`
}
