import type { AccessClaims, UserRights } from '@iot/contracts'
import type { Component } from './component.js'
import type { Logger } from './logger.js'

const READ_EVERY_MS = 3_000
/** Longer than any access token is valid: what is known for as long has no token left to judge. */
const KNOWN_FOR_MS = 20 * 60_000

/**
 * What this process knows of users whose rights changed lately. It reads the shared board every 3 seconds, so a
 * change is known everywhere by then, whatever became of the word about it. While the board is away tokens are
 * believed by what is known already.
 */
export interface RightsWatch extends Component {
  /**
   * Whether a token still says what counts. `changed`: it goes on under other rights (`now` has them), and a refresh
   * gets a token for them; `out`: its user has to log in again. Does no IO.
   */
  check(claims: Pick<AccessClaims, 'userId' | 'userVersion'>): 'current' | 'changed' | 'out'
  /** The newest rights of a user that are known here; undefined where nothing changed lately. */
  now(userId: string): UserRights | undefined
  /** Calls back once per change that is news here, with the user's newest rights. The answer ends it. */
  onChange(listener: (rights: UserRights) => void): () => void
  /** Takes note of a change that came by another way than the board. */
  heed(rights: UserRights): void
}

export function createRightsWatch(deps: {
  board: { read(): Promise<readonly UserRights[]> }
  clock: { nowMs(): number }
  logger: Logger
  readEveryMs?: number
}): RightsWatch {
  const { board, clock, readEveryMs = READ_EVERY_MS } = deps
  const log = deps.logger.child({ component: 'rights-watch' })
  const known = new Map<string, { rights: UserRights; heardAtMs: number }>()
  const listeners = new Set<(rights: UserRights) => void>()
  let timer: NodeJS.Timeout | undefined
  let reading: Promise<void> | undefined
  let isAway = false

  function heed(rights: UserRights): void {
    const before = known.get(rights.userId)?.rights
    if (before && before.version >= rights.version) return
    known.set(rights.userId, { rights, heardAtMs: clock.nowMs() })
    for (const listener of listeners) {
      try {
        listener(rights)
      } catch (error) {
        log.error({ err: error, userId: rights.userId }, 'a change of rights was not taken')
      }
    }
  }

  function forgetOld(): void {
    for (const [userId, { heardAtMs }] of known) {
      if (heardAtMs <= clock.nowMs() - KNOWN_FOR_MS) known.delete(userId)
    }
  }

  async function read(): Promise<void> {
    forgetOld()
    try {
      for (const rights of await board.read()) heed(rights)
      if (isAway) log.info('changes of rights are known again')
      isAway = false
    } catch (error) {
      if (!isAway) log.warn({ err: error }, 'changes of rights are not known while their board is away')
      isAway = true
    }
  }

  /** One at a time: a board that is slow to answer is not asked again meanwhile. */
  function readInTurn(): Promise<void> {
    reading ??= read().finally(() => {
      reading = undefined
    })
    return reading
  }

  return {
    name: 'rights-watch',
    async start() {
      await readInTurn()
      timer = setInterval(() => void readInTurn(), readEveryMs).unref()
    },
    async stop() {
      clearInterval(timer)
      await reading
    },
    health: () =>
      isAway
        ? { status: 'degraded', detail: 'changes of users’ rights are not known' }
        : { status: 'healthy' },
    check({ userId, userVersion }) {
      const rights = known.get(userId)?.rights
      if (!rights || userVersion >= rights.version) return 'current'
      return rights.effect === 'out' || userVersion < (rights.outBefore ?? 0) ? 'out' : 'changed'
    },
    now: (userId) => known.get(userId)?.rights,
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    heed,
  }
}
