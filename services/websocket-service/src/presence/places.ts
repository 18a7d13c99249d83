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
  | { readonly ok: true; leave(): void }
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

  const limitOf = ({ of }: Pick<PlaceCount, 'of'>) => (of === 'user' ? limits.perUser : limits.perAddress)

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
      const owners = ownersOf(user, addressKey(address)).map((owner) => ({ ...owner, limit: limitOf(owner) }))
      const full = owners.find((owner) => counts.get(owner) >= owner.limit)
      if (full) return { ok: false, reached: full.of, limit: full.limit }
      // Counted before it is asked for: handshakes that run beside this one count on top of it.
      const answer = await askFleet(owners.map((owner) => ({ ...owner, count: counts.add(owner, 1) })))
      if (answer === 'taken') return new Place(deps, user, addressKey(address))
      for (const owner of owners) counts.add(owner, -1)
      return { ok: false, reached: answer, limit: owners.find(({ of }) => of === answer)!.limit }
    },
  }
}

/** What a connection has taken. Every connection has one: fields, not closures. */
class Place {
  readonly ok = true
  readonly #deps: Pick<PlacesDeps, 'counts' | 'onLeave'>
  readonly #user: string
  readonly #addressKey: string
  #isTaken = true

  constructor(deps: Pick<PlacesDeps, 'counts' | 'onLeave'>, user: string, address: string) {
    this.#deps = deps
    this.#user = user
    this.#addressKey = address
  }

  leave(): void {
    if (!this.#isTaken) return
    this.#isTaken = false
    for (const owner of ownersOf(this.#user, this.#addressKey)) this.#deps.counts.add(owner, -1)
    this.#deps.onLeave()
  }
}

function ownersOf(user: string, address: string): Pick<PlaceCount, 'of' | 'id'>[] {
  return [
    { of: 'user', id: user },
    { of: 'address', id: address },
  ]
}
