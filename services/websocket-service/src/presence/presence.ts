import type { ConnectionFigures, FleetFigures, UserPresence } from '@iot/contracts'
import type { Clock, PresenceBoard, PresenceNews } from '@iot/ports'
import type { Logger } from '@iot/runtime'
import type { CloseReason } from '../sessions/close-reason.js'
import type { Session } from '../sessions/session.js'
import { AdminRoom } from './admin-room.js'
import { fleetFigures, isOther } from './fleet-figures.js'
import { OwnConnections } from './own-connections.js'
import { PlaceCounts } from './place-counts.js'
import { createPlaces, type Places } from './places.js'

/** Between two reports while nobody comes or goes: much shorter than the board's patience. */
const BEAT_MS = 1_000
/** How long who comes or goes waits for others who do: a storm makes few reports. */
const GATHER_MS = 50
/** What the board said longer ago says nothing of now. */
const STALE_MS = 10_000
/** Reports in a row at most; the rest waits for the next beat. */
const MAX_ROUNDS = 100

export interface PresenceDeps {
  readonly board: PresenceBoard
  /** this replica among those that live */
  readonly instance: string
  readonly limits: { readonly perUser: number; readonly perAddress: number }
  readonly clock: Clock
  readonly logger: Logger
  readonly beatMs?: number
  /** The open sessions of this replica. */
  sessions(): Iterable<Session>
  /** Connections of this replica, those on their way in included. */
  connections(): number
  readingsPerMinute(): number
  /** To every administrator, on every replica. */
  tellAdmins(event: 'user:joined' | 'user:left', body: UserPresence): void
}

export interface Presence {
  readonly places: Places
  opened(session: Session): void
  /** `closedFor`: why this side ended it, where it did. */
  closed(session: Session, closedFor: CloseReason | undefined): void
  /** Of the whole fleet; of this replica alone while the board is away. */
  figures(): ConnectionFigures
  start(): void
  /** After the last session has closed. */
  stop(): Promise<void>
}

/**
 * Who is connected here, told to the board that all replicas share; and what the board answers, told to administrators:
 * users who join and leave (the board tells exactly one replica, which tells all administrators), and figures as they
 * change, once a second at most (every replica tells its own). Nothing of it is in the way of a reading, and without
 * the board connections live on.
 */
export function createPresence(deps: PresenceDeps): Presence {
  const { board, instance, clock, logger } = deps
  const startedAtMs = clock.nowMs()
  const counts = new PlaceCounts()
  const own = new OwnConnections({
    replica: instance,
    since: new Date(startedAtMs).toISOString(),
    counts,
  })
  const admins = new AdminRoom()
  const places = createPlaces({ ...deps, replica: instance, counts, onLeave: reportSoon })
  let fleet: { readonly figures: FleetFigures; readonly atMs: number } | undefined
  let lastTold: ConnectionFigures | undefined
  let reporting: Promise<void> | undefined
  let beat: NodeJS.Timeout | undefined
  let soon: NodeJS.Timeout | undefined
  let isAway = false

  function announce({ joined, left }: PresenceNews): void {
    const timestamp = new Date(clock.nowMs()).toISOString()
    for (const user of joined) deps.tellAdmins('user:joined', { ...user, timestamp })
    for (const user of left) deps.tellAdmins('user:left', { ...user, timestamp })
  }

  /** Tells the board once; answers whether there is more to tell. */
  async function tell(): Promise<boolean> {
    const news = await board.report(own.takeReport(clock.nowMs(), deps.readingsPerMinute()))
    fleet = { figures: news.fleet, atMs: clock.nowMs() }
    announce(news)
    if (news.isKnown) own.confirm()
    else own.startOver()
    return !news.isKnown || news.hasMore || own.hasMore
  }

  async function tellAll(): Promise<void> {
    try {
      for (let round = 0; round < MAX_ROUNDS; round += 1) if (!(await tell())) break
      if (isAway) logger.info('who is connected is shared again')
      isAway = false
    } catch (error) {
      // What it took in before the failure can't be known.
      own.startOver()
      if (!isAway) logger.warn({ err: error }, 'who is connected can’t be told to the other replicas')
      isAway = true
    }
  }

  /** One report at a time: a board that hangs is told once. */
  function report(): Promise<void> {
    reporting ??= tellAll().finally(() => {
      reporting = undefined
    })
    return reporting
  }

  function reportSoon(): void {
    if (!beat) return
    soon ??= setTimeout(() => {
      soon = undefined
      // A report that is on its way has been written already.
      void (reporting ?? Promise.resolve()).then(report)
    }, GATHER_MS).unref()
  }

  function figures(): ConnectionFigures {
    const nowMs = clock.nowMs()
    return fleetFigures({
      nowMs,
      startedAtMs,
      fleet: fleet && nowMs - fleet.atMs < STALE_MS ? fleet.figures : undefined,
      own: {
        replica: instance,
        connections: deps.connections(),
        users: own.users,
        readingsPerMinute: deps.readingsPerMinute(),
      },
    })
  }

  function tellFigures(): void {
    const now = figures()
    if (!isOther(now, lastTold)) return
    lastTold = now
    for (const { link } of admins.members) if (link.isOpen()) link.emit('status:update', now)
  }

  function turn(): void {
    admins.sync(deps.sessions())
    report()
      .then(() => beat && tellFigures())
      .catch((error: unknown) => logger.error({ err: error }, 'administrators can’t be told the figures'))
  }

  return {
    places,
    figures,
    opened(session) {
      own.open(session)
      admins.sync([session])
      reportSoon()
    },
    closed(session, closedFor) {
      own.close(session)
      admins.remove(session)
      reportSoon()
      if (closedFor === undefined || closedFor === 'closed by an administrator') return
      board.note(closing(session, closedFor, clock.nowMs())).catch((error: unknown) => {
        logger.debug({ err: error }, 'a closed session is not noted')
      })
    },
    start() {
      beat = setInterval(turn, deps.beatMs ?? BEAT_MS).unref()
      turn()
    },
    async stop() {
      clearInterval(beat)
      clearTimeout(soon)
      beat = undefined
      soon = undefined
      await reporting
      await board.withdraw(instance).catch((error: unknown) => {
        logger.debug({ err: error }, 'the other replicas can’t be told that this one ends')
      })
    },
  }
}

/** Administrators note what they close themselves, with their name. */
function closing({ id, user }: Session, reason: CloseReason, nowMs: number) {
  const timestamp = new Date(nowMs).toISOString()
  const { id: userId, username, role } = user
  return { kind: 'closed', userId, username, role, timestamp, sessionId: id, reason } as const
}
