import { createHash } from 'node:crypto'
import type { Clock, PasswordHasher } from '@iot/ports'

export interface VerifiedPasswordsOptions {
  readonly passwords: PasswordHasher
  readonly clock: Clock
  readonly lifetimeMs?: number
  readonly capacity?: number
  readonly concurrency?: number
  readonly maxWaiting?: number
}

/**
 * Verifies passwords, and remembers for a minute which were right, so that a crowd of devices that comes back
 * does not cost a slow hash each. Kept is a digest of (hash, password): a changed or removed credential is never
 * answered from memory. A few hashes are computed at a time; when too many wait, it rejects.
 */
export function createVerifiedPasswords(options: VerifiedPasswordsOptions): Pick<PasswordHasher, 'verify'> {
  const { lifetimeMs = 60_000, capacity = 20_000, concurrency = 2, maxWaiting = 5_000 } = options
  const verifiedUntilMs = new Map<string, number>()
  const running = new Map<string, Promise<boolean>>()
  const waiting: (() => void)[] = []
  let free = concurrency

  async function verifySlowly(password: string, hash: string | undefined): Promise<boolean> {
    if (free > 0) free -= 1
    else if (waiting.length >= maxWaiting) throw new Error('too many passwords wait to be verified')
    else await new Promise<void>((resolve) => waiting.push(resolve))
    try {
      return await options.passwords.verify(password, hash)
    } finally {
      const next = waiting.shift()
      if (next) next()
      else free += 1
    }
  }

  function remember(digest: string): void {
    verifiedUntilMs.delete(digest)
    verifiedUntilMs.set(digest, options.clock.nowMs() + lifetimeMs)
    if (verifiedUntilMs.size <= capacity) return
    const [oldest] = verifiedUntilMs.keys()
    verifiedUntilMs.delete(oldest!)
  }

  return {
    async verify(password, hash) {
      if (hash === undefined) return verifySlowly(password, hash)
      const digest = createHash('sha256').update(`${hash.length}:${hash}${password}`).digest('base64')
      const untilMs = verifiedUntilMs.get(digest)
      if (untilMs !== undefined && options.clock.nowMs() < untilMs) return true
      const work = running.get(digest) ?? verifySlowly(password, hash).finally(() => running.delete(digest))
      running.set(digest, work)
      const isRight = await work
      if (isRight) remember(digest)
      return isRight
    },
  }
}
