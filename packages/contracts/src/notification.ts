import { type Static, Type } from 'typebox'
import { PAGE_LIMIT, PageQuery } from './http-api.js'
import { Role } from './user.js'

const ID_PATTERN = '^[1-9][0-9]{0,14}$'
/** A number as text; a newer notice has a greater one. */
export const NotificationId = Type.String({ pattern: ID_PATTERN })
const UpTo = Type.Optional(Type.String({ pattern: ID_PATTERN, description: 'This one and all older ones.' }))

export const NotificationType = Type.Enum(['info', 'success', 'warning', 'error'])

/** To whom a notice goes. */
export const NotificationAudience = Type.Object(
  {
    role: Type.Optional(Role),
    user: Type.Optional(Type.String({ minLength: 1, maxLength: 64, description: 'A username.' })),
  },
  {
    additionalProperties: false,
    maxProperties: 1,
    description:
      'Users of exactly this role (what goes to `user` does not reach administrators), or one user. Neither: everyone.',
  },
)
export type NotificationAudience = Static<typeof NotificationAudience>

/** What an administrator sends: over REST, or as `send:notification`. */
export const NotificationRequest = Type.Object(
  {
    type: NotificationType,
    title: Type.Optional(Type.String({ maxLength: 128, pattern: '^[^\\u0000]*$' })),
    message: Type.String({ minLength: 1, maxLength: 2_000, pattern: '^[^\\u0000]*$' }),
    to: Type.Optional(NotificationAudience),
  },
  { additionalProperties: false },
)
export type NotificationRequest = Static<typeof NotificationRequest>

/** The body of `notification`, and a row of GET /api/notifications. */
export const Notification = Type.Object({
  id: NotificationId,
  type: NotificationType,
  title: Type.Optional(Type.String({ maxLength: 128 })),
  message: Type.String({ minLength: 1, maxLength: 2_000 }),
  timestamp: Type.String(),
  /** username of the administrator; absent where the system speaks */
  from: Type.Optional(Type.String()),
  to: Type.Optional(NotificationAudience),
  /** of the reader, where rows are listed */
  read: Type.Optional(Type.Boolean()),
})
export type Notification = Static<typeof Notification>

export const NotificationsQuery = Type.Object(
  {
    unread: Type.Optional(Type.Boolean({ description: 'true: only what the caller has not read' })),
    ...PageQuery,
  },
  { additionalProperties: false },
)

/** Newest first. */
export const NotificationPage = Type.Object({
  items: Type.Array(Notification, { maxItems: PAGE_LIMIT.max }),
  nextCursor: Type.Optional(Type.String()),
  unread: Type.Integer({ description: 'Of all of the caller’s, whatever was asked for.' }),
})
export type NotificationPage = Static<typeof NotificationPage>

/** Which notices somebody has read. */
export const NotificationsReadRequest = Type.Object(
  {
    ids: Type.Optional(Type.Array(NotificationId, { minItems: 1, maxItems: 100, uniqueItems: true })),
    upTo: UpTo,
  },
  { additionalProperties: false, minProperties: 1 },
)
export type NotificationsReadRequest = Static<typeof NotificationsReadRequest>

export const NotificationsReadAnswer = Type.Object({ unread: Type.Integer() })

/**
 * The body of `notifications:read`, a name of our own beside both documents' events. Every tab of a user gets it: one of
 * them, or REST, has read these.
 */
export const NotificationsRead = Type.Object({
  ids: Type.Array(NotificationId),
  upTo: UpTo,
  unread: Type.Integer({ description: 'How many are unread now.' }),
})
export type NotificationsRead = Static<typeof NotificationsRead>
