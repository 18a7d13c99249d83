import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { PasswordHasher, UserRow, UserStore } from '@iot/ports'
import { AppError, type Logger, readAdministrator } from '@iot/runtime'
import { hashToken } from './sessions.js'

/** How the first administrator of a new system comes into being: by variables, or by a link that works once. */
export interface FirstAdministrator {
  /**
   * Makes the administrator that ADMIN_USERNAME and ADMIN_PASSWORD name, where there is no user yet; without
   * them answers the set-up token (a new one, and every older one is void from then on, unless the fleet shares
   * one). Undefined where there are users. Throws a StartError where only one of the variables is set, or the password is too short.
   */
  prepare(): Promise<string | undefined>
  /** Whether the first administrator is still to be made. */
  needed(): Promise<boolean>
  /** Makes it with a set-up token. Throws SETUP_TOKEN_INVALID for a wrong or used one. */
  create(request: { token: string; username: string; password: string }): Promise<UserRow>
}

export function createFirstAdministrator(deps: {
  users: UserStore
  passwords: PasswordHasher
  config: { ADMIN_USERNAME: string | undefined; ADMIN_PASSWORD: string | undefined }
  /** The set-up token that all gateways of a fleet print alike; without it each start makes a new one. */
  setupToken?: string | undefined
  log: Logger
}): FirstAdministrator {
  const { users, passwords, log } = deps
  /** Once there is a user there always is one, so the store need not be asked again. */
  let found = false

  async function needed(): Promise<boolean> {
    if (!found) found = (await users.count()) > 0
    return !found
  }

  async function add(username: string, password: string): Promise<UserRow | undefined> {
    return users.createFirst({ username, passwordHash: await passwords.hash(password), role: 'admin' })
  }

  return {
    needed,
    async prepare() {
      const named = readAdministrator(deps.config)
      if (!(await needed())) return undefined
      if (named) {
        await add(named.username, named.password)
        log.info({ username: named.username }, 'the first administrator was made from ADMIN_USERNAME')
        return undefined
      }
      const token = deps.setupToken ?? randomBytes(32).toString('base64url')
      await users.setSetupToken(hashToken(token))
      return token
    },
    async create({ token, username, password }) {
      const kept = (await needed()) ? await users.getSetupToken() : undefined
      const user = kept !== undefined && isSame(kept, hashToken(token)) && (await add(username, password))
      if (!user) throw new AppError('SETUP_TOKEN_INVALID', 'The newest link stands in the log of the server.')
      found = true
      log.info({ username }, 'the first administrator was made with the set-up link')
      return user
    },
  }
}

/** Compares without telling by its time how much is right; hashed, so that lengths are equal. */
function isSame(one: string, other: string): boolean {
  const digests = [one, other].map((text) => createHash('sha256').update(text).digest())
  return timingSafeEqual(digests[0]!, digests[1]!)
}
