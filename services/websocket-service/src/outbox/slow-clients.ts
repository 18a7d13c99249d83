import type { Clock } from '@iot/ports'
import type { Logger } from '@iot/runtime'
import type { WebsocketMetrics } from '../metrics.js'
import { canSee } from '../rooms/can-see.js'
import type { DeviceDirectory } from '../rooms/device-directory.js'
import { eventsOf } from '../rooms/rooms.js'
import type { CloseReason } from '../sessions/close-reason.js'
import type { Session } from '../sessions/session.js'
import type { WindowItem, WindowLog } from '../window/window-log.js'
import type { BatchWindows } from './batch-windows.js'
import { createBundle, createFrame } from './frame.js'
import type { Tally } from './tally.js'

/** How long a client may lag before it is closed: coming back, it gets a snapshot. */
export const MAX_LAG_MS = 30_000

export interface SlowClientsDeps {
  readonly log: WindowLog
  readonly directory: Pick<DeviceDirectory, 'siteOf'>
  readonly tally: Tally
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Pick<WebsocketMetrics, 'slow'>
}

/**
 * Clients that don't read as fast as their feed runs. They get no readings until all that waits for them is out,
 * then the newest of each sensor that they missed, in one go. What they miss lies in the window that
 * everybody shares, so a frozen browser costs nothing but its first backlog.
 */
export class SlowClients {
  readonly #deps: SlowClientsDeps
  readonly #lagging = new Set<Session>()

  constructor(deps: SlowClientsDeps) {
    this.#deps = deps
  }

  /** Clients that lag now. */
  get lagging(): number {
    return this.#lagging.size
  }

  /** From this place in the window on, the client does not get each reading. */
  enter(session: Session, seq: number): void {
    if (session.outbox.lagsFrom !== undefined) return
    session.outbox.lagsFrom = seq
    session.outbox.lagsSinceMs = this.#deps.clock.nowMs()
    this.#lagging.add(session)
  }

  remove(session: Session): void {
    this.#lagging.delete(session)
  }

  /** Lets those go on who have drained, and closes those who take too long. */
  check(batches: Pick<BatchWindows, 'catchUp'>): void {
    const { clock, log } = this.#deps
    for (const session of this.#lagging) {
      const { outbox, link } = session
      if (!link.isOpen()) this.#lagging.delete(session)
      else if (outbox.lagsFrom! < log.start || clock.nowMs() - outbox.lagsSinceMs > MAX_LAG_MS) {
        this.close(session)
      } else if (link.isIdle()) this.#catchUp(session, batches)
    }
  }

  close(session: Session, reason: CloseReason = 'slow consumer'): void {
    this.#lagging.delete(session)
    this.#deps.metrics.slow.inc({ outcome: 'closed' })
    this.#deps.logger.info({ sessionId: session.id, waitingBytes: session.outbox.waitingBytes() }, reason)
    session.link.abort(reason)
  }

  #catchUp(session: Session, batches: Pick<BatchWindows, 'catchUp'>): void {
    const from = session.outbox.lagsFrom!
    session.outbox.lagsFrom = undefined
    this.#lagging.delete(session)
    this.#deps.metrics.slow.inc({ outcome: 'conflated' })
    this.#writeMissed(session, from)
    batches.catchUp(session)
  }

  /** The newest of what it would have got one by one. */
  #writeMissed(session: Session, from: number): void {
    const { log, tally, directory } = this.#deps
    const names = new Map<string, string[]>()
    const namesOf = (deviceId: string) => {
      let known = names.get(deviceId)
      if (!known) {
        known = canSee(directory, session, deviceId) ? eventsOf(session, deviceId, 'readings') : []
        names.set(deviceId, known)
      }
      return known
    }
    const missed = log.since(from).filter(({ entry }) => namesOf(entry.deviceId).length > 0)
    const newest = log.newestItemsOf(missed)
    const frames = newest.flatMap((item) =>
      namesOf(item.entry.deviceId).map((name) => {
        tally.add(name, 1, 1)
        return createFrame(name, newest.length < missed.length ? withMark(item) : item.entry.json)
      }),
    )
    if (frames.length > 0) session.outbox.write(createBundle(frames))
  }
}

function withMark({ entry }: WindowItem): string {
  return `${entry.json.slice(0, -1)},"conflated":true}`
}
