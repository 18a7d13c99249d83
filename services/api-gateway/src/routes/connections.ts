import {
  ActivityPage,
  ConnectionPage,
  ConnectionsClosing,
  ConnectionsQuery,
  PAGE_LIMIT,
  Timestamp,
} from '@iot/contracts'
import type { Clock, FleetChannel, PresenceBoard, PresentUser, UserStore } from '@iot/ports'
import { AppError, type Logger } from '@iot/runtime'
import { Type } from 'typebox'
import type { Auditor } from '../audit.js'
import { createCursor } from '../cursor.js'
import { toTimestamp } from '../present/to-timestamp.js'
import { type Route, route } from '../route.js'

/** What a closed connection's user is told, and what is noted. */
const REASON = 'closed by an administrator'

const SessionId = Type.String({ minLength: 1, maxLength: 64 })
const cursor = createCursor(Type.Tuple([Timestamp, SessionId]))

interface ConnectionDeps {
  readonly presence: PresenceBoard
  readonly channel: Pick<FleetChannel, 'send'>
  readonly users: Pick<UserStore, 'findByUsername'>
  readonly clock: Clock
  readonly logger: Logger
  readonly auditor: Auditor
}

export function connectionRoutes(deps: ConnectionDeps): Route[] {
  return [listConnections(deps), closeConnection(deps), closeConnectionsOf(deps), showActivity(deps)]
}

function listConnections({ presence }: ConnectionDeps): Route {
  return route(
    {
      method: 'GET',
      path: '/api/system/connections',
      summary: 'Sockets of all replicas, newest first, and what they come to',
      tag: 'system',
      access: 'admin',
      query: ConnectionsQuery,
      status: 200,
      answer: ConnectionPage,
      errors: ['BAD_CURSOR'],
    },
    async ({ query }) => {
      const limit = query.limit ?? PAGE_LIMIT.default
      const place = cursor.read(query.cursor)
      const [found, summary] = await Promise.all([
        presence.list({
          limit: limit + 1,
          ...(place && { after: { since: place[0], sessionId: place[1] } }),
          ...(query.user !== undefined && { username: query.user }),
          ...(query.replica !== undefined && { replica: query.replica }),
        }),
        presence.figures(),
      ])
      const items = found.slice(0, limit)
      const last = found.length > limit ? items.at(-1) : undefined
      return {
        body: { items, summary, ...(last && { nextCursor: cursor.write([last.since, last.sessionId]) }) },
      }
    },
  )
}

function closeConnection(deps: ConnectionDeps): Route {
  return route(
    {
      method: 'DELETE',
      path: '/api/system/connections/{sessionId}',
      summary: 'Close a connection. Its client may come back: who must not is disabled as a user',
      tag: 'system',
      access: 'admin',
      params: Type.Object({ sessionId: SessionId }),
      status: 204,
      errors: ['NOT_FOUND'],
    },
    async ({ params: { sessionId }, caller }) => {
      const found = await deps.presence.find(sessionId)
      if (!found) throw new AppError('NOT_FOUND', 'There is no such connection, or it has closed.')
      await deps.channel.send({ kind: 'close', sessionId, reason: REASON })
      await noteClosed(deps, found, { sessionId, by: caller.username })
      await deps.auditor.note({
        actor: caller.username,
        action: 'connection.closed',
        target: { type: 'connection', id: sessionId },
        detail: { user: found.username },
      })
      return { body: undefined }
    },
  )
}

function closeConnectionsOf(deps: ConnectionDeps): Route {
  return route(
    {
      method: 'DELETE',
      path: '/api/system/connections',
      summary: 'Close all connections of a user',
      tag: 'system',
      access: 'admin',
      query: ConnectionsClosing,
      status: 204,
      errors: ['NOT_FOUND'],
    },
    async ({ query: { user: username }, caller }) => {
      const user = await deps.users.findByUsername(username)
      if (!user) throw new AppError('NOT_FOUND', `There is no user ${username}.`)
      const [connected] = await deps.presence.list({ limit: 1, username: user.username })
      // Also to who seems to have none: a connection may be younger than what the board was told.
      await deps.channel.send({ kind: 'close', userId: user.id, reason: REASON })
      if (connected) await noteClosed(deps, connected, { by: caller.username })
      await deps.auditor.note({
        actor: caller.username,
        action: 'connection.closed',
        target: { type: 'user', id: user.username },
      })
      return { body: undefined }
    },
  )
}

function showActivity({ presence }: ConnectionDeps): Route {
  return route(
    {
      method: 'GET',
      path: '/api/system/activity',
      summary: 'Who has come and gone, and what was closed: the last 200, newest first',
      tag: 'system',
      access: 'admin',
      status: 200,
      answer: ActivityPage,
    },
    async () => ({ body: { items: await presence.activity() } }),
  )
}

/** The connections are being closed whether or not it can be noted. */
async function noteClosed(
  { presence, clock, logger }: ConnectionDeps,
  { userId, username, role }: PresentUser,
  more: { sessionId?: string; by: string },
): Promise<void> {
  const timestamp = toTimestamp(clock.nowMs())
  try {
    await presence.note({ kind: 'closed', userId, username, role, timestamp, reason: REASON, ...more })
  } catch (error) {
    logger.warn({ err: error }, 'that connections were closed is not noted')
  }
}
