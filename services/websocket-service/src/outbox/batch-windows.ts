import { canSee } from '../rooms/can-see.js'
import type { DeviceDirectory } from '../rooms/device-directory.js'
import type { Session } from '../sessions/session.js'
import type { Heads } from '../window/heads.js'
import type { WindowItem, WindowLog } from '../window/window-log.js'
import { type Bundle, createBundle, createFrameOf } from './frame.js'
import { assignLanes, type Lane } from './lanes.js'
import { createStretches, type Stretches } from './stretches.js'
import type { Tally } from './tally.js'

export interface BatchWindowsDeps {
  readonly log: WindowLog
  readonly directory: Pick<DeviceDirectory, 'siteOf'>
  readonly heads: Heads
  readonly tally: Tally
  /** The client has no room for more: it does not get each reading from this place on. */
  onFull(session: Session, seq: number): void
  /** What a client is owed has left the window. */
  onOutrun(session: Session): void
}

interface Encoded {
  readonly bundle: Bundle
  readonly readings: number
}

/** What is shared by the lanes that are flushed together. */
interface Cache {
  readonly encoded: Map<string, Encoded | undefined>
  /** stand in keys for positions, which are long texts, and the same for nearly all */
  readonly positions: Map<string, number>
  readonly stretches: Stretches
}

/**
 * Sends batch windows: at a tick, one `sensor:batch` per lane that is due, cut from the window of readings at the lane's
 * own place. Lanes that cover the same share one encoding, so a hundred dashboards cost hardly more than one; those of
 * sessions limited to sites share theirs with all who have the same sites.
 */
export class BatchWindows {
  readonly #deps: BatchWindowsDeps
  readonly #sessions = new Set<Session>()

  constructor(deps: BatchWindowsDeps) {
    this.#deps = deps
  }

  /**
   * Sorts a session's subscriptions into lanes anew, after its open windows were flushed: from here on a reading
   * is in exactly one of the new lanes.
   */
  reassign(session: Session, from: number): void {
    const { log, heads, directory } = this.#deps
    const cursor = session.outbox.lagsFrom === undefined ? log.end : from
    session.lanes = assignLanes(
      [...session.subscriptions.values()].filter(
        ({ deviceId }) => deviceId === undefined || canSee(directory, session, deviceId),
      ),
      { cursor, upTo: heads.textOf('readings') },
      session.lanes,
    )
    if (session.lanes.length > 0) this.#sessions.add(session)
    else this.#sessions.delete(session)
  }

  remove(session: Session): void {
    this.#sessions.delete(session)
  }

  /** Flushes the lanes whose window ends with this tick. */
  tick(tick: number): void {
    const cache = this.#newCache()
    for (const session of this.#sessions) {
      if (session.outbox.lagsFrom !== undefined) continue
      for (const lane of session.lanes) {
        if (tick % lane.everyTicks === 0) this.#flushLane(session, lane, cache)
      }
    }
  }

  /** Flushes every lane. */
  flushAll(): void {
    this.flushBehind(this.#deps.log.end)
  }

  /** Flushes the lanes that have sent nothing beyond this place, before the window of readings would outrun them. */
  flushBehind(seq: number): void {
    const cache = this.#newCache()
    for (const session of this.#sessions) {
      if (session.outbox.lagsFrom !== undefined) continue
      for (const lane of session.lanes) if (lane.cursor <= seq) this.#flushLane(session, lane, cache)
    }
  }

  /** Flushes the lanes of those who don't see every device, before it changes what they see. */
  flushLimited(): void {
    const cache = this.#newCache()
    for (const session of this.#sessions) if (session.scope.sites) this.#flushSession(session, cache)
  }

  flush(session: Session): void {
    this.#flushSession(session, this.#newCache())
  }

  /** Sends a client that lagged and has drained the newest of what it missed. */
  catchUp(session: Session): void {
    for (const lane of session.lanes) this.#flushLane(session, lane, this.#newCache(), true)
  }

  /** Encodes readings that a session gets beside its windows: between a snapshot and live. */
  encode(items: readonly WindowItem[], positions: string): Bundle {
    return encodeBatch([Buffer.from(items.map(({ entry }) => entry.json).join(','))], positions)
  }

  #flushSession(session: Session, cache: Cache): void {
    if (session.outbox.lagsFrom !== undefined) return
    for (const lane of session.lanes) this.#flushLane(session, lane, cache)
  }

  #newCache(): Cache {
    return { encoded: new Map(), positions: new Map(), stretches: createStretches(this.#deps) }
  }

  /** To a client that is catching up goes the newest of each sensor, and the frame says so. */
  #flushLane(session: Session, lane: Lane, cache: Cache, isCatchingUp = false): void {
    const { log, heads, tally } = this.#deps
    if (lane.cursor === log.end) return
    if (lane.cursor < log.start) {
      this.#deps.onOutrun(session)
      return
    }
    if (!session.outbox.hasRoom()) {
      this.#deps.onFull(session, log.end)
      return
    }
    const encoded = this.#encodeLane(session, lane, cache, isCatchingUp)
    lane.cursor = log.end
    lane.upTo = heads.textOf('readings')
    if (encoded && session.outbox.write(encoded.bundle)) tally.add('sensor:batch', 1, encoded.readings)
  }

  #encodeLane(session: Session, lane: Lane, cache: Cache, isCatchingUp: boolean): Encoded | undefined {
    const positions = this.#positionsFor(session, lane)
    const key = isCatchingUp ? undefined : sharedKey(session, lane, shortFor(positions, cache))
    if (key !== undefined && cache.encoded.has(key)) return cache.encoded.get(key)
    const all = this.#collect(session, lane, cache)
    const { log } = this.#deps
    const seqs = lane.latest || isCatchingUp ? log.newestOf(all) : all
    const conflated = isCatchingUp && !lane.latest && seqs.length < all.length
    const encoded =
      seqs.length > 0
        ? { bundle: encodeBatch(log.bodiesOf(seqs), positions, conflated), readings: seqs.length }
        : undefined
    if (key !== undefined) cache.encoded.set(key, encoded)
    return encoded
  }

  /** Places in the window. */
  #collect({ scope }: Session, lane: Lane, { stretches }: Cache): readonly number[] {
    const { log } = this.#deps
    if (lane.all) {
      const seqs = stretches.since(lane.cursor, scope)
      return lane.except.size === 0 ? seqs : seqs.filter((seq) => !lane.except.has(log.deviceIdAt(seq)))
    }
    const [only] = lane.devices
    if (only !== undefined && lane.devices.size === 1) return log.seqsSinceOf(only, lane.cursor)
    const seqs: number[] = []
    for (const deviceId of lane.devices) seqs.push(...log.seqsSinceOf(deviceId, lane.cursor))
    return seqs.sort((a, b) => a - b)
  }

  /** A frame of newest values says no more than what the complete lane of the same session has sent. */
  #positionsFor(session: Session, lane: Lane): string {
    const { log, heads } = this.#deps
    const complete = lane.latest ? session.lanes.find((one) => !one.latest) : undefined
    const readings = complete && complete.cursor < log.end ? complete.upTo : undefined
    return heads.text({ readings, alerts: session.alertLane?.upTo })
  }
}

function encodeBatch(bodies: readonly Buffer[], positions: string, conflated = false): Bundle {
  const end = `],"positions":${positions}${conflated ? ',"conflated":true' : ''}}`
  return createBundle([createFrameOf('sensor:batch', '{"readings":[', bodies, end)])
}

/** Lanes with the same key hold the same; undefined where hardly another session has such a lane. */
function sharedKey({ scope }: Session, lane: Lane, positions: number): string | undefined {
  if (lane.all) {
    return lane.except.size === 0 ? `${lane.latest} ${lane.cursor} *${scope.key} ${positions}` : undefined
  }
  return lane.devices.size === 1
    ? `${lane.latest} ${lane.cursor} ${[...lane.devices][0]} ${positions}`
    : undefined
}

function shortFor(text: string, { positions }: Cache): number {
  let short = positions.get(text)
  if (short === undefined) {
    short = positions.size
    positions.set(text, short)
  }
  return short
}
