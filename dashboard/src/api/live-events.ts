import type { ConnectionFigures, Notification, NotificationsRead, UserPresence } from '@iot/contracts'

/** What comes over the sockets beside readings and statuses, by the events' names. */
export interface LiveEvents {
  notification: Notification
  'notifications:read': NotificationsRead
  'user:joined': UserPresence
  'user:left': UserPresence
  'status:update': ConnectionFigures
}
