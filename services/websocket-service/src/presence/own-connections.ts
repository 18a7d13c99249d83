import type { Connection, ConnectionTraffic } from '@iot/contracts'
import type { PresenceReport, PresentUser } from '@iot/ports'
import type { Session } from '../sessions/session.js'
import type { PlaceCounts } from './place-counts.js'

/** Traffic alone makes a connection worth telling this often, ms: a busy one's changes all the time. */
const TRAFFIC_EVERY_MS = 15_000
/** Of each kind in one report; what is left goes with the next, which follows at once. */
const MAX_PER_REPORT = 500

interface Held {
  readonly session: Session
  told: Told | undefined
}

/** Of what was told, what may change. */
interface Told extends Pick<Connection, 'transport' | 'subscriptions'> {
  readonly bytes: number
  readonly atMs: number
}

interface HeldUser {
  user: PresentUser
  sessions: number
  /** the board knows what `user` says */
  isTold: boolean
  /** the board was told of them once: should it forget, they have not come anew */
  wasTold: boolean
}

/**
 * The connections of this replica and their users, and what of it the board has to be told. Who watches without a login
 * is a connection, but no user.
 */
export class OwnConnections {
  readonly #replica: string
  readonly #since: string
  readonly #counts: PlaceCounts
  readonly #held = new Map<string, Held>()
  readonly #users = new Map<string, HeldUser>()
  #closed: string[] = []
  /** users of the report that was taken last */
  #telling: HeldUser[] = []
  #startsOver = true
  #hasMore = false

  constructor(deps: { replica: string; since: string; counts: PlaceCounts }) {
    this.#replica = deps.replica
    this.#since = deps.since
    this.#counts = deps.counts
  }

  get users(): number {
    return this.#users.size
  }

  /** Is there more than the last report could hold? */
  get hasMore(): boolean {
    return this.#hasMore
  }

  open(session: Session): void {
    this.#held.set(session.id, { session, told: undefined })
    if (session.isAnonymous) return
    const held = this.#users.get(session.user.id)
    if (!held) this.#addUser(session)
    else {
      held.sessions += 1
      noteRole(held, session)
    }
  }

  close(session: Session): void {
    const held = this.#held.get(session.id)
    if (!held) return
    this.#held.delete(session.id)
    if (held.told) this.#closed.push(session.id)
    const user = session.isAnonymous ? undefined : this.#users.get(session.user.id)
    if (!user) return
    user.sessions -= 1
    if (user.sessions === 0) this.#users.delete(session.user.id)
  }

  /** The board has nothing of this replica, or it can't be said what it has. */
  startOver(): void {
    this.#startsOver = true
    this.#closed = []
    this.#counts.startOver()
    for (const held of this.#held.values()) held.told = undefined
    for (const user of this.#users.values()) user.isTold = false
  }

  /** The board has taken in the report that was taken last. */
  confirm(): void {
    for (const held of this.#telling) held.wasTold = true
    this.#telling = []
  }

  /** What the board has to be told now; it counts as told until `startOver`. */
  takeReport(nowMs: number, readingsPerMinute: number): PresenceReport {
    const report = {
      replica: this.#replica,
      since: this.#since,
      readingsPerMinute,
      isWhole: this.#startsOver,
      closed: this.#closed.splice(0, MAX_PER_REPORT),
      opened: this.#takeOpened(nowMs),
      users: this.#takeUsers(),
      places: this.#counts.takeChanged(MAX_PER_REPORT),
    }
    this.#startsOver = false
    this.#hasMore =
      this.#counts.hasChanged ||
      this.#closed.length > 0 ||
      report.opened.length === MAX_PER_REPORT ||
      report.users.length === MAX_PER_REPORT
    return report
  }

  #addUser({ user: { id, username, role } }: Session): void {
    const user = { userId: id, username, role }
    this.#users.set(id, { user, sessions: 1, isTold: false, wasTold: false })
  }

  #takeOpened(nowMs: number): Connection[] {
    const opened: Connection[] = []
    for (const held of this.#held.values()) {
      if (opened.length === MAX_PER_REPORT) break
      if (!isDue(held, nowMs)) continue
      const connection = connectionOf(held.session, this.#replica)
      held.told = toldOf(connection, nowMs)
      opened.push(connection)
    }
    return opened
  }

  #takeUsers(): PresenceReport['users'] {
    const users: PresenceReport['users'][number][] = []
    this.#telling = []
    for (const held of this.#users.values()) {
      if (users.length === MAX_PER_REPORT) break
      if (held.isTold) continue
      users.push({ ...held.user, isOld: held.wasTold })
      held.isTold = true
      this.#telling.push(held)
    }
    return users
  }
}

/** Whose role has changed comes back with the new one, before or after the old sessions have ended. */
function noteRole(held: HeldUser, { user: { role } }: Session): void {
  if (held.user.role === role) return
  held.user = { ...held.user, role }
  held.isTold = false
}

function isDue({ session: { link, subscriptions }, told }: Held, nowMs: number): boolean {
  if (!told) return true
  if (told.subscriptions !== subscriptions.size || told.transport !== link.transport()) return true
  return nowMs - told.atMs >= TRAFFIC_EVERY_MS && told.bytes !== bytesOf(link.traffic())
}

function toldOf({ transport, subscriptions, traffic }: Connection, nowMs: number): Told {
  return { transport, subscriptions, bytes: bytesOf(traffic), atMs: nowMs }
}

function bytesOf({ bytesSent, bytesReceived }: ConnectionTraffic): number {
  return bytesSent + bytesReceived
}

function connectionOf(session: Session, replica: string): Connection {
  const { id, username, role, sites } = session.user
  return {
    sessionId: session.id,
    userId: id,
    username,
    role,
    ...(sites && { sites }),
    address: session.address,
    replica,
    since: new Date(session.connectedAtMs).toISOString(),
    transport: session.link.transport(),
    subscriptions: session.subscriptions.size,
    traffic: session.link.traffic(),
  }
}
