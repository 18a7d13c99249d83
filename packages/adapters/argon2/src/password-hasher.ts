import type { PasswordHasher } from '@iot/ports'
import { hash, verify } from '@node-rs/argon2'

/** OWASP's password storage cheat sheet, argon2id: 19 MiB, 2 passes, 1 lane. The library's algorithm default is argon2id. */
const PARAMETERS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const
/** Each run takes 19 MiB: two at once, the others wait. */
const AT_ONCE = 2
/** Beyond it whoever comes is turned away at once: the caller answers “try again”. */
const MAX_WAITING = 512

export class HasherBusy extends Error {
  readonly code = 'HASHER_BUSY'
  readonly retriable = true
  constructor() {
    super(`more than ${MAX_WAITING} password checks are waiting`)
    this.name = 'HasherBusy'
  }
}

/** Hashes passwords with argon2id, two at a time. Rejects with HasherBusy when the queue is full. */
export function createPasswordHasher(options: { parameters?: typeof PARAMETERS } = {}): PasswordHasher {
  const parameters = options.parameters ?? PARAMETERS
  const waiting: (() => void)[] = []
  let running = 0
  let decoy: Promise<string> | undefined

  async function inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    if (running >= AT_ONCE) {
      if (waiting.length >= MAX_WAITING) throw new HasherBusy()
      await new Promise<void>((resolve) => waiting.push(resolve))
    } else {
      running += 1
    }
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else running -= 1
    }
  }

  return {
    hash: (password) => inTurn(() => hash(password, parameters)),
    async verify(password, stored) {
      // A missing user must cost what a wrong password costs, or the answer's time names the users.
      decoy ??= inTurn(() => hash('decoy', parameters))
      const against = stored ?? (await decoy)
      const matches = await inTurn(() => verify(against, password).catch(() => false))
      return matches && stored !== undefined
    },
  }
}
