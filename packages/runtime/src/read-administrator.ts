import { Password } from '@iot/contracts'
import { Compile } from 'typebox/compile'
import { StartError } from './app-error.js'

const passwordCheck = Compile(Password)

/**
 * The first administrator that ADMIN_USERNAME and ADMIN_PASSWORD name; undefined where both are left out. Throws a
 * StartError where only one is set, or the password is too short or too long.
 */
export function readAdministrator(config: {
  readonly ADMIN_USERNAME?: string | undefined
  readonly ADMIN_PASSWORD?: string | undefined
}): { username: string; password: string } | undefined {
  const { ADMIN_USERNAME: username, ADMIN_PASSWORD: password } = config
  if (username === undefined && password === undefined) return undefined
  if (username === undefined) {
    throw new StartError('ADMIN_PASSWORD is set without ADMIN_USERNAME: set both or none.')
  }
  if (password === undefined) {
    throw new StartError('ADMIN_USERNAME is set without ADMIN_PASSWORD: set both or none.')
  }
  if (!passwordCheck.Check(password)) {
    throw new StartError('ADMIN_PASSWORD needs at least 10 characters, and no more than 256.')
  }
  return { username, password }
}
