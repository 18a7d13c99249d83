import type { PlaceCount, PresenceBoard } from '@iot/ports'
import { addressKey, type Logger } from '@iot/runtime'
import type { PlaceCounts } from './place-counts.js'

export interface PlaceOwner {
  /** whose connections are counted together */
  readonly user: string
  readonly address: string
}

export type PlaceOutcome =
  /** `leave` gives the place back, once however often it is called */
  | { readonly ok: true; readonly leave: () => void }
  | { readonly ok: false; readonly reached: PlaceCount['of']; readonly limit: number }

export interface Places {
  /** One more connection of a user, from an address: within the limits of both, over all replicas. */
  take(owner: PlaceOwner): Promise<PlaceOutcome>
}

export interface PlacesDeps {
  readonly board: Pick<PresenceBoard, 'takePlace'>
  readonly counts: PlaceCounts
  readonly replica: string
  readonly limits: { readonly perUser: number; readonly perAddress: number }
  readonly logger: Logger
  /** A place is free again. */
  onLeave(): void
}

/** While the board is away, the limits hold for what this replica has. */
export function createPlaces(deps: PlacesDeps): Places {
  const { board, counts, replica, limits, logger } = deps
  let isAway = false

  function addAll(owners: readonly Pick<PlaceCount, 'of' | 'id'>[], by: 1 | -1): void {
    for (const owner of owners) counts.add(owner, by)
  }

  async function askFleet(asked: readonly (PlaceCount & { limit: number })[]) {
    try {
      const answer = await board.takePlace({ replica, counts: asked })
      isAway = false
      return answer
    } catch (error) {
      if (!isAway) logger.warn({ err: error }, 'limits of connections hold for this replica alone')
      isAway = true
      return 'taken'
    }
  }

  return {
    async take({ user, address }) {
      const owners = [
        { of: 'user', id: user, limit: limits.perUser },
        { of: 'address', id: addressKey(address), limit: limits.perAddress },
      ] as const
      const full = owners.find((owner) => counts.get(owner) >= owner.limit)
      if (full) return { ok: false, reached: full.of, limit: full.limit }
      // Counted before it is asked for: handshakes that run beside this one count on top of it.
      const answer = await askFleet(owners.map((owner) => ({ ...owner, count: counts.add(owner, 1) })))
      if (answer !== 'taken') {
        addAll(owners, -1)
        return { ok: false, reached: answer, limit: owners.find(({ of }) => of === answer)!.limit }
      }
      let isTaken = true
      return {
        ok: true,
        leave() {
          if (!isTaken) return
          isTaken = false
          addAll(owners, -1)
          deps.onLeave()
        },
      }
    },
  }
}
