import {
  Notification,
  NotificationId,
  NotificationPage,
  NotificationRequest,
  NotificationsQuery,
  NotificationsReadAnswer,
  NotificationsReadRequest,
  PAGE_LIMIT,
} from '@iot/contracts'
import { fieldFault } from '@iot/domain'
import type { FleetChannel, FleetMessage, NotificationStore } from '@iot/ports'
import { AppError, type Logger } from '@iot/runtime'
import { Type } from 'typebox'
import type { Auditor } from '../audit.js'
import { createCursor } from '../cursor.js'
import { type Route, route } from '../route.js'

export interface NotificationRouteDeps {
  readonly notifications: NotificationStore
  readonly channel: FleetChannel
  readonly logger: Logger
  readonly auditor: Auditor
}

const cursor = createCursor(Type.Tuple([NotificationId]))

export function notificationRoutes(deps: NotificationRouteDeps): Route[] {
  return [listRoute(deps), readRoute(deps), sendRoute(deps)]
}

function listRoute({ notifications }: NotificationRouteDeps): Route {
  return route(
    {
      method: 'GET',
      path: '/api/notifications',
      summary: 'The caller’s notices, newest first, with those from while they were away',
      tag: 'notifications',
      access: 'user',
      query: NotificationsQuery,
      status: 200,
      answer: NotificationPage,
      errors: ['BAD_CURSOR'],
    },
    async ({ query, caller: { userId } }) => {
      const limit = query.limit ?? PAGE_LIMIT.default
      const before = cursor.read(query.cursor)?.[0]
      const [found, unread] = await Promise.all([
        notifications.list({
          userId,
          limit: limit + 1,
          ...(before !== undefined && { before }),
          ...(query.unread !== undefined && { unread: query.unread }),
        }),
        notifications.unread(userId),
      ])
      const items = found.slice(0, limit)
      const nextCursor = found.length > limit ? cursor.write([items.at(-1)!.id]) : undefined
      return { body: { items, ...(nextCursor !== undefined && { nextCursor }), unread } }
    },
  )
}

function readRoute({ notifications, ...deps }: NotificationRouteDeps): Route {
  return route(
    {
      method: 'POST',
      path: '/api/notifications/read',
      summary: 'Marks notices as read, in all of the caller’s tabs',
      tag: 'notifications',
      access: 'user',
      body: NotificationsReadRequest,
      status: 200,
      answer: NotificationsReadAnswer,
    },
    async ({ body, caller: { userId } }) => {
      const unread = await notifications.markRead(userId, body)
      await tell(deps, { kind: 'notifications-read', userId, ids: [], ...body, unread })
      return { body: { unread } }
    },
  )
}

function sendRoute({ notifications, ...deps }: NotificationRouteDeps): Route {
  return route(
    {
      method: 'POST',
      path: '/api/notifications',
      summary: 'Sends a notice to everyone, a role or a user; who is away finds it later',
      tag: 'notifications',
      access: 'admin',
      body: NotificationRequest,
      status: 201,
      answer: Notification,
    },
    async ({ body, caller }) => {
      const notification = await notifications.add({ ...body, from: caller.username })
      if (!notification) {
        throw new AppError('VALIDATION_FAILED', 'to.user names nobody: take a username from /api/users', {
          errors: [fieldFault('to.user', 'NOBODY')],
        })
      }
      await tell(deps, { kind: 'notification', notification })
      const { title, message, type, to } = body
      await deps.auditor.note({
        actor: caller.username,
        action: 'notification.sent',
        target: { type: 'notification', id: notification.id },
        detail: { type, message, ...(title !== undefined && { title }), ...(to && { to }) },
      })
      return { body: notification }
    },
  )
}

/** Who is connected hears of it at once; while the channel is away, they find it where it is stored. */
async function tell(
  { channel, logger }: Pick<NotificationRouteDeps, 'channel' | 'logger'>,
  message: FleetMessage,
): Promise<void> {
  try {
    await channel.send(message)
  } catch (error) {
    logger.warn({ err: error, kind: message.kind }, 'who is connected can’t be told of notices')
  }
}
