import type { Notification } from '@iot/contracts'
import {
  type Clock,
  NOTIFICATION_BOUNDS,
  type NotificationBounds,
  type NotificationStore,
  type UserRow,
  type UserStore,
} from '@iot/ports'

interface Kept {
  readonly notification: Notification
  readonly atMs: number
  /** of whom it is for alone */
  readonly receiverId: string | undefined
  /** who has read it, one by one */
  readonly readBy: Set<string>
}

export function createMemoryNotificationStore(
  options: {
    clock: Clock
    users: Pick<UserStore, 'findById' | 'findByUsername'>
  } & Partial<NotificationBounds>,
): NotificationStore {
  const { clock, users, maxAgeMs, maxCount } = { ...NOTIFICATION_BOUNDS, ...options }
  let kept: Kept[] = []
  let added = 0

  /** Oldest first. */
  async function ownOf(userId: string): Promise<Kept[]> {
    const user = await users.findById(userId)
    return user ? kept.filter((one) => concerns(one, user)) : []
  }

  async function countUnread(userId: string): Promise<number> {
    return (await ownOf(userId)).filter(({ readBy }) => !readBy.has(userId)).length
  }

  return {
    async add({ to = {}, ...notice }) {
      const receiver = to.user === undefined ? undefined : await users.findByUsername(to.user)
      if (to.user !== undefined && !receiver) return undefined
      added += 1
      const notification: Notification = {
        id: String(added),
        ...notice,
        timestamp: new Date(clock.nowMs()).toISOString(),
        ...(to.role !== undefined && { to: { role: to.role } }),
        ...(receiver && { to: { user: receiver.username } }),
      }
      kept.push({ notification, atMs: clock.nowMs(), receiverId: receiver?.id, readBy: new Set() })
      kept = kept.slice(-maxCount)
      return structuredClone(notification)
    },
    async list({ userId, limit, before, unread = false }) {
      const own = await ownOf(userId)
      return own
        .map(({ notification, readBy }) => ({ ...structuredClone(notification), read: readBy.has(userId) }))
        .filter(({ id, read }) => (before === undefined || Number(id) < Number(before)) && !(unread && read))
        .reverse()
        .slice(0, limit)
    },
    unread: countUnread,
    async markRead(userId, { ids = [], upTo }) {
      for (const { notification, readBy } of await ownOf(userId)) {
        const isUpTo = upTo !== undefined && Number(notification.id) <= Number(upTo)
        if (isUpTo || ids.includes(notification.id)) readBy.add(userId)
      }
      return countUnread(userId)
    },
    async prune() {
      const before = kept.length
      kept = kept.filter(({ atMs }) => atMs >= clock.nowMs() - maxAgeMs)
      return before - kept.length
    },
  }
}

function concerns({ notification: { to }, atMs, receiverId }: Kept, user: UserRow): boolean {
  return (
    atMs >= user.createdAtMs &&
    (to?.role === undefined || to.role === user.role) &&
    (receiverId === undefined || receiverId === user.id)
  )
}
