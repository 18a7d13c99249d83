import { type AlertSubject, canSeeAlert, subjectOfEntry } from '../rooms/alert-subject.js'
import type { DeviceDirectory } from '../rooms/device-directory.js'
import type { Session } from '../sessions/session.js'
import type { Heads, KindText } from '../window/heads.js'
import type { WindowItem, WindowLog } from '../window/window-log.js'
import { type Bundle, createBundle, createFrame } from './frame.js'
import { sentTo } from './sent-to.js'
import type { Tally } from './tally.js'

/** Alerts in one frame; what a window has beyond goes into further frames. */
export const ALERTS_PER_FRAME = 1_000

/** The batch window of a session's subscription to alerts, and how far it has sent. */
export interface AlertLane {
  readonly everyTicks: number
  /** place in the window of alerts up to which all was sent */
  cursor: number
  /** how far alerts go at the cursor */
  upTo: KindText
}

export interface AlertWindowsDeps {
  readonly log: WindowLog
  readonly directory: Pick<DeviceDirectory, 'siteOf'>
  readonly heads: Heads
  readonly tally: Tally
  /** What a client is owed has left the window. */
  onOutrun(session: Session): void
}

/** What is shared by the windows that are flushed together. */
interface Cache {
  readonly stretches: Map<number, Stretch[]>
  readonly bundles: Map<string, Bundle | undefined>
}

interface Stretch {
  readonly item: WindowItem
  readonly subject: AlertSubject
}

/**
 * Sends batch windows of alerts: at a tick, what came since the last one, in one frame. Nothing is ever merged or left
 * out: a client without room gets it when it has some, as long as the window holds it, and is closed after that.
 */
export class AlertWindows {
  readonly #deps: AlertWindowsDeps
  readonly #sessions = new Set<Session>()

  constructor(deps: AlertWindowsDeps) {
    this.#deps = deps
  }

  /** Alerts come in windows of so many ticks from now on; undefined: not in windows. What was open has been flushed. */
  assign(session: Session, everyTicks: number | undefined): void {
    const { log, heads } = this.#deps
    const { cursor = log.end, upTo = heads.textOf('alerts') } = session.alertLane ?? {}
    session.alertLane = everyTicks === undefined ? undefined : { everyTicks, cursor, upTo }
    if (session.alertLane) this.#sessions.add(session)
    else this.#sessions.delete(session)
  }

  remove(session: Session): void {
    this.#sessions.delete(session)
  }

  /** Flushes the windows that end with this tick. */
  tick(tick: number): void {
    this.#flush((session) => tick % session.alertLane!.everyTicks === 0)
  }

  flushAll(): void {
    this.#flush(() => true)
  }

  /** Flushes the windows that have sent nothing beyond this place, before the window of alerts would outrun them. */
  flushBehind(seq: number): void {
    this.#flush((session) => session.alertLane!.cursor <= seq)
  }

  /** Flushes the windows of those who don't see every device, before it changes what they see. */
  flushLimited(): void {
    this.#flush(({ scope }) => scope.sites !== undefined)
  }

  flush(session: Session): void {
    if (session.alertLane) this.#flushOne(session, session.alertLane, newCache())
  }

  #flush(isDue: (session: Session) => boolean): void {
    const cache = newCache()
    for (const session of this.#sessions) {
      if (isDue(session)) this.#flushOne(session, session.alertLane!, cache)
    }
  }

  /** Who lags behind with readings has a full pipe: what is written now would come no sooner. */
  #flushOne(session: Session, lane: AlertLane, cache: Cache): void {
    const { log, heads, tally } = this.#deps
    if (lane.cursor < log.start) {
      this.#deps.onOutrun(session)
      return
    }
    if (session.outbox.lagsFrom !== undefined || !session.outbox.hasRoom()) return
    const before = lane.cursor
    const earlier = heads.text(sentTo(session))
    lane.cursor = log.end
    lane.upTo = heads.textOf('alerts')
    if (before === log.end) return
    const bundle = this.#encode(session, before, earlier, cache)
    if (bundle && session.outbox.write(bundle)) tally.add('alert:batch', bundle.frames.length, 0)
  }

  #encode(session: Session, from: number, earlier: string, cache: Cache): Bundle | undefined {
    const { log, directory, heads } = this.#deps
    const positions = heads.text(sentTo(session))
    const key = [from, session.user.role === 'admin', session.scope.key, positions, earlier].join('\n')
    if (cache.bundles.has(key)) return cache.bundles.get(key)
    let stretch = cache.stretches.get(from)
    if (!stretch) {
      stretch = log.since(from).map((item) => ({ item, subject: subjectOfEntry(item.entry) }))
      cache.stretches.set(from, stretch)
    }
    const seen = stretch.filter(({ subject }) => canSeeAlert(directory, session, subject))
    const bundle = encodeAlerts(
      seen.map(({ item }) => item.entry.json),
      (_, isLast) => (isLast ? positions : earlier),
    )
    cache.bundles.set(key, bundle)
    return bundle
  }
}

/** Frames of so many alerts; each says by `positionsAt` (of its last one) how far the client is with it. */
export function encodeAlerts(
  bodies: readonly string[],
  positionsAt: (last: number, isLast: boolean) => string,
): Bundle | undefined {
  if (bodies.length === 0) return undefined
  const frames = []
  for (let from = 0; from < bodies.length; from += ALERTS_PER_FRAME) {
    const part = bodies.slice(from, from + ALERTS_PER_FRAME)
    const last = from + part.length - 1
    const positions = positionsAt(last, last === bodies.length - 1)
    frames.push(createFrame('alert:batch', `{"alerts":[${part.join(',')}],"positions":${positions}}`))
  }
  return createBundle(frames)
}

function newCache(): Cache {
  return { stretches: new Map(), bundles: new Map() }
}
