import type { ConnectionActivity, ConnectionFigures, UserPresence } from '@iot/contracts'
import type { Clock, PresenceBoard, PresenceNews } from '@iot/ports'
import type { Logger } from '@iot/runtime'
import type { CloseReason } from '../sessions/close-reason.js'
import type { Session } from '../sessions/session.js'
import { createBoardReporter } from './board-reporter.js'
import { fleetFigures, isOther } from './fleet-figures.js'
import { OwnConnections } from './own-connections.js'
import { PlaceCounts } from './place-counts.js'
import { createPlaces, type Places } from './places.js'

/** Between two reports while nobody comes or goes: much shorter than the board's patience. */
const BEAT_MS = 1_000

export interface PresenceDeps {
  readonly board: PresenceBoard
  /** this replica among those that live */
  readonly instance: string
  readonly limits: { readonly perUser: number; readonly perAddress: number }
  readonly clock: Clock
  readonly logger: Logger
  readonly beatMs?: number | undefined
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
  const own = new OwnConnections({ replica: instance, since: new Date(startedAtMs).toISOString(), counts })
  const reporter = createBoardReporter({ ...deps, own, onNews: announce })
  const places = createPlaces({ ...deps, replica: instance, counts, onLeave: reporter.reportSoon })
  const admins = new Set<Session>()
  let lastTold: ConnectionFigures | undefined
  let beat: NodeJS.Timeout | undefined

  function announce({ joined, left }: PresenceNews): void {
    const timestamp = new Date(clock.nowMs()).toISOString()
    for (const user of joined) deps.tellAdmins('user:joined', { ...user, timestamp })
    for (const user of left) deps.tellAdmins('user:left', { ...user, timestamp })
  }

  function figures(): ConnectionFigures {
    const mine = {
      replica: instance,
      connections: deps.connections(),
      users: own.users,
      readingsPerMinute: deps.readingsPerMinute(),
    }
    return fleetFigures({ nowMs: clock.nowMs(), startedAtMs, fleet: reporter.fleet(), own: mine })
  }

  function tellFigures(): void {
    const now = figures()
    if (!isOther(now, lastTold)) return
    lastTold = now
    for (const { link } of admins) if (link.isOpen()) link.emit('status:update', now)
  }

  function turn(): void {
    reporter
      .report()
      .then(() => beat && tellFigures())
      .catch((error: unknown) => logger.error({ err: error }, 'administrators can’t be told the figures'))
  }

  function noteClosed(activity: ConnectionActivity): void {
    board.note(activity).catch((error: unknown) => {
      logger.debug({ err: error }, 'a closed session is not noted')
    })
  }

  return {
    places,
    figures,
    opened(session) {
      own.open(session)
      if (session.user.role === 'admin') {
        admins.add(session)
        session.link.join('admins')
      }
      reporter.reportSoon()
    },
    closed(session, closedFor) {
      own.close(session)
      admins.delete(session)
      reporter.reportSoon()
      // Administrators note what they close themselves, with their name.
      if (closedFor === undefined || closedFor === 'closed by an administrator') return
      noteClosed(closing(session, closedFor, clock.nowMs()))
    },
    start() {
      reporter.start()
      beat = setInterval(turn, deps.beatMs ?? BEAT_MS).unref()
      turn()
    },
    async stop() {
      clearInterval(beat)
      beat = undefined
      await reporter.stop()
    },
  }
}

function closing({ id, user }: Session, reason: CloseReason, nowMs: number): ConnectionActivity {
  const { id: userId, username, role } = user
  const timestamp = new Date(nowMs).toISOString()
  return { kind: 'closed', userId, username, role, timestamp, sessionId: id, reason }
}
