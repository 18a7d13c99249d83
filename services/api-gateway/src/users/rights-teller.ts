import type { FleetChannel, RightsBoard, UserRights, UserStore } from '@iot/ports'
import type { Logger, RightsWatch } from '@iot/runtime'

const COMPARE_EVERY_MS = 3_000
/** Longer than any access token is valid: a change before that outdates none. */
const RECENT_MS = 20 * 60_000

/**
 * Tells every process which rights count. The store is the truth: every 3 seconds what it noted of the last minutes
 * is compared with the board, and what is missing there is posted, whoever made the change and however it was lost.
 */
export interface RightsTeller {
  /** Tells of a change at once, as far as that goes; never rejects, since what is lost here is told by the comparison. */
  tell(rights: UserRights): Promise<void>
  start(): void
  stop(): Promise<void>
}

export function createRightsTeller(deps: {
  users: Pick<UserStore, 'changedRights'>
  board: RightsBoard
  watch: Pick<RightsWatch, 'heed'>
  /** hastens what the board makes certain */
  channel: FleetChannel
  log: Logger
  compareEveryMs?: number
}): RightsTeller {
  const { users, board, watch, channel, log, compareEveryMs = COMPARE_EVERY_MS } = deps
  let timer: NodeJS.Timeout | undefined
  let stopListening = () => {}
  let comparing: Promise<void> | undefined
  let isAway = false

  async function post(rights: UserRights): Promise<void> {
    await board.post(rights)
    channel.send({ kind: 'rights', rights }).catch((error: unknown) => {
      log.debug({ err: error }, 'a change of rights was posted and no word sent')
    })
  }

  async function compare(): Promise<void> {
    try {
      const noted = await users.changedRights(RECENT_MS)
      for (const rights of noted) watch.heed(rights)
      const versions = new Map((await board.read()).map(({ userId, version }) => [userId, version]))
      const missing = noted.filter(({ userId, version }) => (versions.get(userId) ?? -1) < version)
      for (const rights of missing) await post(rights)
      if (isAway) log.info('changes of rights are told again')
      isAway = false
    } catch (error) {
      noteAway(error)
    }
  }

  /** Once per outage. */
  function noteAway(error: unknown): void {
    if (!isAway) log.warn({ err: error }, 'changes of rights wait to be told: the store or the board is away')
    isAway = true
  }

  function compareInTurn(): void {
    comparing ??= compare().finally(() => {
      comparing = undefined
    })
  }

  return {
    async tell(rights) {
      watch.heed(rights)
      await post(rights).catch(noteAway)
    },
    start() {
      stopListening = channel.listen((message) => {
        if (message.kind === 'rights') watch.heed(message.rights)
      })
      compareInTurn()
      timer = setInterval(compareInTurn, compareEveryMs).unref()
    },
    async stop() {
      clearInterval(timer)
      stopListening()
      await comparing
    },
  }
}
