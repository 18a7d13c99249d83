import {
  ACTIVITY_LENGTH,
  type Connection,
  type ConnectionActivity,
  type FleetFigures,
  type ReplicaFigures,
} from '@iot/contracts'
import type { Clock, PlaceCount, PresenceBoard, PresenceReport, PresentUser } from '@iot/ports'

interface Replica {
  atMs: number
  since: string
  readingsPerMinute: number
  /** by `placeKey` */
  readonly places: Map<string, number>
  /** by session id */
  readonly connections: Map<string, Connection>
}

export interface MemoryPresenceOptions {
  readonly clock: Clock
  /** after which silence a replica counts as gone, ms */
  readonly ttlMs?: number
  /** how long a user without a connection may take to come back, ms */
  readonly graceMs?: number
}

/** Who is connected, for the replicas of one process: all-in-one's, and those of tests. */
export function createMemoryPresenceBoard(options: MemoryPresenceOptions): PresenceBoard {
  const { clock, ttlMs = 10_000, graceMs = 10_000 } = options
  const replicas = new Map<string, Replica>()
  const present = new Map<string, PresentUser>()
  /** users without a connection, by id: when they have left, ms */
  const leaving = new Map<string, number>()
  const activity: ConnectionActivity[] = []

  function note(entry: ConnectionActivity): void {
    activity.unshift(structuredClone(entry))
    activity.length = Math.min(activity.length, ACTIVITY_LENGTH)
  }

  function noteUser(kind: 'joined' | 'left', user: PresentUser): void {
    note({ kind, ...user, timestamp: new Date(clock.nowMs()).toISOString() })
  }

  function living(): [string, Replica][] {
    return [...replicas]
      .filter(([, { atMs }]) => atMs > clock.nowMs() - ttlMs)
      .sort(([one], [other]) => (one < other ? -1 : 1))
  }

  function isConnected(userId: string): boolean {
    return [...replicas.values()].some(({ places }) => places.has(placeKey({ of: 'user', id: userId })))
  }

  /** Whoever is present, has no connection and is not on their way out yet has their time from now on. */
  function seeOff(userIds: Iterable<string>): void {
    for (const userId of userIds) {
      if (present.has(userId) && !leaving.has(userId) && !isConnected(userId)) {
        leaving.set(userId, clock.nowMs() + graceMs)
      }
    }
  }

  function setPlaces(replica: Replica, counts: readonly PlaceCount[]): void {
    for (const place of counts) {
      if (place.count > 0) replica.places.set(placeKey(place), place.count)
      else replica.places.delete(placeKey(place))
      if (place.of === 'user' && place.count > 0) leaving.delete(place.id)
    }
  }

  function welcome(users: PresenceReport['users']): PresentUser[] {
    const joined: PresentUser[] = []
    for (const { isOld, ...user } of users) {
      if (!present.has(user.userId) && !isOld) {
        joined.push(user)
        noteUser('joined', user)
      }
      present.set(user.userId, user)
      leaving.delete(user.userId)
    }
    return joined
  }

  function sweep(): PresentUser[] {
    const lost = [...replicas].filter(([, { atMs }]) => atMs <= clock.nowMs() - ttlMs)
    for (const [name] of lost) replicas.delete(name)
    if (lost.length > 0) seeOff(present.keys())
    const left: PresentUser[] = []
    for (const [userId, atMs] of leaving) {
      if (atMs > clock.nowMs()) continue
      leaving.delete(userId)
      const user = present.get(userId)
      if (!user || isConnected(userId)) continue
      present.delete(userId)
      left.push(user)
      noteUser('left', user)
    }
    return left
  }

  function figures(): FleetFigures {
    const all = living().map(
      ([replica, { since, connections, readingsPerMinute }]): ReplicaFigures => ({
        replica,
        since,
        connections: connections.size,
        readingsPerMinute,
      }),
    )
    return {
      connections: all.reduce((sum, { connections }) => sum + connections, 0),
      users: present.size,
      replicas: all,
    }
  }

  return {
    async takePlace(request) {
      for (const { of, id, count, limit } of request.counts) {
        const elsewhere = living().filter(([name]) => name !== request.replica)
        const had = elsewhere.reduce(
          (sum, [, { places }]) => sum + (places.get(placeKey({ of, id })) ?? 0),
          0,
        )
        if (had + count > limit) return of
      }
      // Of a replica that has not reported yet nothing can be kept: its first report brings all.
      const replica = replicas.get(request.replica)
      if (replica) setPlaces(replica, request.counts)
      return 'taken'
    },

    async report(report) {
      let replica = report.isWhole ? undefined : replicas.get(report.replica)
      if (!replica) {
        if (!report.isWhole) {
          return { isKnown: false, joined: [], left: sweep(), hasMore: false, fleet: figures() }
        }
        replica = { atMs: 0, since: '', readingsPerMinute: 0, places: new Map(), connections: new Map() }
        replicas.set(report.replica, replica)
      }
      replica.atMs = clock.nowMs()
      replica.since = report.since
      replica.readingsPerMinute = report.readingsPerMinute
      setPlaces(replica, report.places)
      for (const sessionId of report.closed) replica.connections.delete(sessionId)
      for (const one of report.opened) replica.connections.set(one.sessionId, copyOf(one))
      const joined = welcome(report.users)
      seeOff(
        report.isWhole ? present.keys() : report.places.filter(({ of }) => of === 'user').map(({ id }) => id),
      )
      return { isKnown: true, joined, left: sweep(), hasMore: false, fleet: figures() }
    },

    async withdraw(name) {
      replicas.delete(name)
      seeOff(present.keys())
    },

    async list({ limit, after, username, replica }) {
      return living()
        .filter(([name]) => replica === undefined || name === replica)
        .flatMap(([, { connections }]) => [...connections.values()])
        .filter((one) => username === undefined || one.username === username)
        .filter((one) => after === undefined || isAfter(one, after))
        .sort((one, other) => (isAfter(one, other) ? 1 : -1))
        .slice(0, limit)
        .map((one) => structuredClone(one))
    },
    async find(sessionId) {
      for (const [, { connections }] of living()) {
        const found = connections.get(sessionId)
        if (found) return structuredClone(found)
      }
      return undefined
    },
    figures: async () => figures(),
    note: async (entry) => note(entry),
    activity: async () => structuredClone(activity),
  }
}

/** A structured clone has texts of its own, which are most of it. */
function copyOf(one: Connection): Connection {
  return { ...one, traffic: { ...one.traffic } }
}

function placeKey({ of, id }: Pick<PlaceCount, 'of' | 'id'>): string {
  return `${of} ${id}`
}

/** Newest first; at the same time by session id, downwards. */
function isAfter(
  one: Pick<Connection, 'since' | 'sessionId'>,
  other: Pick<Connection, 'since' | 'sessionId'>,
): boolean {
  return one.since === other.since ? one.sessionId < other.sessionId : one.since < other.since
}
