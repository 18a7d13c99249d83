import { ACTIVITY_LENGTH, type Connection, type ConnectionActivity, type FleetFigures } from '@iot/contracts'
import type { ConnectionListQuery, PlaceCount, PresenceBoard, PresenceReport, PresentUser } from '@iot/ports'
import type { RedisConnection } from '../redis-connection.js'
import { ACTIVITY_KEY, REPLICAS_KEY } from './prelude.js'
import { FIGURES_SCRIPT, FIND_SCRIPT, LIST_SCRIPT } from './read-scripts.js'
import { REPORT_SCRIPT, TAKE_PLACE_SCRIPT, WITHDRAW_SCRIPT } from './report-script.js'

/** Connections looked through at once where those of one user are wanted. */
const SEARCH_PAGE = 500

type Figures = [users: number, replicas: [name: string, since: string, connections: number, rate: number][]]
type News = [isKnown: number, joined: string[], left: string[], hasMore: number, figures: Figures]

/**
 * Who is connected, in Redis: each change is one script, so that replicas which notice the same thing at once see it
 * one after the other, and one of them alone is told. Times are Redis' own.
 */
export function createRedisPresenceBoard(deps: {
  redis: RedisConnection
  /** after which silence a replica counts as gone, ms */
  ttlMs?: number
  /** how long a user without a connection may take to come back, ms */
  graceMs?: number
}): PresenceBoard {
  const { redis, ttlMs = 10_000, graceMs = 10_000 } = deps
  const keys = [REPLICAS_KEY]

  async function listPage(query: ConnectionListQuery): Promise<Connection[]> {
    const { limit, after, replica = '' } = query
    const from = after ? Date.parse(after.since) : ''
    const texts = (await redis.run(LIST_SCRIPT, keys, [ttlMs, limit, replica, from])) as string[]
    return texts
      .map((text) => JSON.parse(text) as Connection)
      .filter((one) => after === undefined || isAfter(one, after))
      .sort((one, other) => (isAfter(one, other) ? 1 : -1))
      .slice(0, limit)
  }

  async function listOfUser(query: ConnectionListQuery): Promise<Connection[]> {
    const found: Connection[] = []
    let after = query.after
    while (found.length < query.limit) {
      const page = await listPage({ ...query, limit: SEARCH_PAGE, ...(after && { after }) })
      found.push(...page.filter(({ username }) => username === query.username))
      after = page.at(-1)
      if (page.length < SEARCH_PAGE) break
    }
    return found.slice(0, query.limit)
  }

  return {
    async takePlace({ replica, counts }) {
      const args = counts.flatMap((place) => [placeOf(place), place.count, place.limit])
      const reached = (await redis.run(TAKE_PLACE_SCRIPT, keys, [replica, ttlMs, ...args])) as number
      return counts[reached - 1]?.of ?? 'taken'
    },
    async report(report) {
      const { replica, since, readingsPerMinute, isWhole } = report
      const head = [replica, since, readingsPerMinute, isWhole ? 1 : 0, ttlMs, graceMs]
      const news = (await redis.run(REPORT_SCRIPT, keys, [...head, changesOf(report)])) as News
      const [isKnown, joined, left, hasMore, figures] = news
      const usersOf = (texts: string[]) => texts.map((text) => JSON.parse(text) as PresentUser)
      return {
        isKnown: isKnown === 1,
        joined: usersOf(joined),
        left: usersOf(left),
        hasMore: hasMore === 1,
        fleet: readFigures(figures),
      }
    },
    async withdraw(replica) {
      await redis.run(WITHDRAW_SCRIPT, keys, [replica, graceMs])
    },
    list: (query) => (query.username === undefined ? listPage(query) : listOfUser(query)),
    async find(sessionId) {
      const text = (await redis.run(FIND_SCRIPT, keys, [ttlMs, sessionId])) as string | null
      return text === null ? undefined : (JSON.parse(text) as Connection)
    },
    async figures() {
      return readFigures((await redis.run(FIGURES_SCRIPT, keys, [ttlMs])) as Figures)
    },
    async note({ kind, timestamp, ...rest }) {
      const text = `${Date.parse(timestamp)} ${kind} ${JSON.stringify(rest)}`
      await redis.ask((client) =>
        client
          .multi()
          .lpush(ACTIVITY_KEY, text)
          .ltrim(ACTIVITY_KEY, 0, ACTIVITY_LENGTH - 1)
          .exec(),
      )
    },
    async activity() {
      const texts = await redis.ask((client) => client.lrange(ACTIVITY_KEY, 0, -1))
      return texts.map(readActivity)
    },
  }
}

function placeOf({ of, id }: PlaceCount): string {
  return `${of} ${id}`
}

/** What a report changes, as the script reads it; what the board only keeps goes as text. */
function changesOf({ places, users, opened, closed }: PresenceReport): string {
  return JSON.stringify({
    places: places.map((place) => [placeOf(place), place.count]),
    users: users.map(({ isOld, ...user }) => [user.userId, JSON.stringify(user), isOld]),
    opened: opened.map((one) => [one.sessionId, Date.parse(one.since), JSON.stringify(one)]),
    closed,
  })
}

function readFigures([users, replicas]: Figures): FleetFigures {
  return {
    connections: replicas.reduce((sum, [, , connections]) => sum + connections, 0),
    users,
    replicas: replicas.map(([replica, since, connections, readingsPerMinute]) => ({
      replica,
      since,
      connections,
      readingsPerMinute,
    })),
  }
}

function readActivity(text: string): ConnectionActivity {
  const [, atMs, kind, json] = /^(\d+) (\w+) (.*)$/s.exec(text)!
  return {
    kind: kind as ConnectionActivity['kind'],
    ...(JSON.parse(json!) as Omit<ConnectionActivity, 'kind' | 'timestamp'>),
    timestamp: new Date(Number(atMs)).toISOString(),
  }
}

/** Newest first; at the same time by session id, downwards. */
function isAfter(
  one: Pick<Connection, 'since' | 'sessionId'>,
  other: Pick<Connection, 'since' | 'sessionId'>,
): boolean {
  return one.since === other.since ? one.sessionId < other.sessionId : one.since < other.since
}
