import type { Clock, RightsBoard, UserRights } from '@iot/ports'

/** Longer than any access token is valid. */
const LIFETIME_MS = 20 * 60_000

/** The board of one process: what its parts tell each other of users. */
export function createMemoryRightsBoard(options: { clock: Clock; lifetimeMs?: number }): RightsBoard {
  const { clock, lifetimeMs = LIFETIME_MS } = options
  const posted = new Map<string, { rights: UserRights; atMs: number }>()

  function sweep(): void {
    for (const [userId, { atMs }] of posted) if (atMs <= clock.nowMs() - lifetimeMs) posted.delete(userId)
  }

  return {
    async post(rights) {
      sweep()
      const before = posted.get(rights.userId)
      if (before && before.rights.version >= rights.version) return
      posted.set(rights.userId, { rights: structuredClone(rights), atMs: clock.nowMs() })
    },
    async read() {
      sweep()
      return [...posted.values()].map(({ rights }) => structuredClone(rights))
    },
  }
}
