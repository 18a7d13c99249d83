import type { NotificationStore } from '@iot/ports'
import type { Logger } from '@iot/runtime'

/** What a handshake may wait for a store that is slow. */
const WITHIN_MS = 300
/** Handshakes that ask at once; further ones begin without. */
const MAX_ASKING = 4
/** After a store that did not answer in time, nobody waits for it this long. */
const SPARE_MS = 2_000

/**
 * How many notices a user has not read, for the `welcome`; undefined where that can't be known soon. A welcome without
 * it is better than one that waits, and a storm of handshakes is no storm of questions.
 */
export function createUnreadCount(deps: {
  notifications: Pick<NotificationStore, 'unread'>
  logger: Logger
}): (userId: string) => Promise<number | undefined> {
  const { notifications, logger } = deps
  let asking = 0
  let spareUntilMs = 0

  function spare(error: unknown): undefined {
    spareUntilMs = performance.now() + SPARE_MS
    logger.debug({ err: error }, 'sessions begin without the number of unread notices')
    return undefined
  }

  return async (userId) => {
    if (asking >= MAX_ASKING || performance.now() < spareUntilMs) return undefined
    asking += 1
    const answer = notifications.unread(userId).finally(() => {
      asking -= 1
    })
    let limit: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      limit = setTimeout(() => reject(new Error(`no answer within ${WITHIN_MS} ms`)), WITHIN_MS)
    })
    return Promise.race([answer, late])
      .catch(spare)
      .finally(() => clearTimeout(limit))
  }
}
