import { type LiveKind, PARTITIONS, partitionOf } from '@iot/contracts'
import { kindsOf } from '../rooms/subscription.js'
import type { Session } from '../sessions/session.js'
import type { Heads } from '../window/heads.js'
import { type Bundle, createBundle, createFrame } from './frame.js'
import { sentTo } from './sent-to.js'
import type { Tally } from './tally.js'

/** Ticks between two `positions` to one client: 10 s. */
export const POSITIONS_TICKS = 100

export interface PositionsBeatDeps {
  readonly heads: Heads
  readonly tally: Tally
}

/**
 * Tells clients how far they have been sent everything, also where nothing came for them: who is away later asks
 * from there on, and not from its last event, which may be long out of the window. A tick is one client in a hundred's
 * turn, so that they aren't all written to at once.
 */
export class PositionsBeat {
  readonly #deps: PositionsBeatDeps
  readonly #turns: Set<Session>[] = Array.from({ length: POSITIONS_TICKS }, () => new Set())
  readonly #turnOf = new Map<Session, number>()
  #next = 0

  constructor(deps: PositionsBeatDeps) {
    this.#deps = deps
  }

  /** Who has a subscription; more than once is no matter. */
  add(session: Session): void {
    if (this.#turnOf.has(session)) return
    const turn = this.#next++ % POSITIONS_TICKS
    this.#turnOf.set(session, turn)
    this.#turns[turn]!.add(session)
  }

  remove(session: Session): void {
    const turn = this.#turnOf.get(session)
    if (turn !== undefined) this.#turns[turn]!.delete(session)
    this.#turnOf.delete(session)
  }

  tick(tick: number): void {
    const bundles = new Map<string, Bundle>()
    for (const session of this.#turns[tick % POSITIONS_TICKS]!) {
      if (session.joining.size === 0) this.tell(session, bundles)
    }
  }

  /** Who lags is told when it has caught up. */
  tell(session: Session, bundles = new Map<string, Bundle>()): void {
    if (session.outbox.lagsFrom !== undefined) return
    const positions = this.#deps.heads.text(sentTo(session))
    const bundle = bundles.get(positions) ?? createBundle([createFrame('positions', positions)])
    bundles.set(positions, bundle)
    if (session.outbox.write(bundle)) this.#deps.tally.add('positions', 1, 0)
  }

  /** Events of a partition are lost, or, without one, the log is another: whom it concerns asks for a snapshot. */
  resync(lost?: { kind: LiveKind; partition: number }): void {
    const { epoch } = this.#deps.heads
    const bundle = createBundle([createFrame('resync', JSON.stringify({ epoch, ...lost }))])
    for (const session of this.#turnOf.keys()) {
      if (lost && !isConcerned(session, lost)) continue
      if (session.outbox.write(bundle)) this.#deps.tally.add('resync', 1, 0)
    }
  }
}

function isConcerned(session: Session, { kind, partition }: { kind: LiveKind; partition: number }): boolean {
  return [...session.subscriptions.values()].some(
    (one) =>
      kindsOf(one).includes(kind) &&
      (one.deviceId === undefined || partitionOf(one.deviceId, PARTITIONS) === partition),
  )
}
