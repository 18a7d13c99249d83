import type { Notification, NotificationAudience } from '@iot/contracts'

/**
 * Notices for users, kept for who is away. The newest `maxCount` are kept for `maxAgeMs` (of the adapter): with a
 * notice goes what says who has read it.
 *
 * A user's notices are those to everyone, to the role that the user has now, and to the user alone, from after the
 * user was made. Who is no user (any more) has none.
 */
export interface NotificationStore {
  /** Gives it its id and time, and drops the oldest beyond the bound. Undefined: `to.user` names nobody. */
  add(notice: NewNotification): Promise<Notification | undefined>
  /** The user's, newest first, older than a cursor (the `id` of a page's last), each with `read`. */
  list(query: {
    userId: string
    limit: number
    before?: string
    /** only these */
    unread?: boolean
  }): Promise<Notification[]>
  unread(userId: string): Promise<number>
  /** Marks these, and all up to one, as read by the user, where they are the user's; resolves with how many are unread then. */
  markRead(userId: string, read: { ids?: readonly string[]; upTo?: string }): Promise<number>
  /** Drops what is older than `maxAgeMs`; resolves with how many went. */
  prune(): Promise<number>
}

export interface NewNotification {
  readonly type: Notification['type']
  readonly title?: string
  readonly message: string
  /** username; left out where the system speaks */
  readonly from?: string
  readonly to?: NotificationAudience
}

/** Of the adapter. */
export interface NotificationBounds {
  readonly maxAgeMs: number
  readonly maxCount: number
}

export const NOTIFICATION_BOUNDS: NotificationBounds = { maxAgeMs: 90 * 86_400_000, maxCount: 10_000 }
