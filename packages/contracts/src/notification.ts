import { type Static, Type } from 'typebox'
import { Role } from './user.js'

/** To whom a notice goes; neither: to everyone. */
export const NotificationAudience = Type.Object(
  { role: Type.Optional(Role), user: Type.Optional(Type.String({ description: 'A username.' })) },
  { additionalProperties: false },
)
export type NotificationAudience = Static<typeof NotificationAudience>

/** The body of `notification`, and a row of GET /api/notifications. */
export const Notification = Type.Object({
  id: Type.String(),
  type: Type.Enum(['info', 'success', 'warning', 'error']),
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
