import type { Notification, Role } from '@iot/contracts'
import {
  type NewNotification,
  NOTIFICATION_BOUNDS,
  type NotificationBounds,
  type NotificationStore,
} from '@iot/ports'
import type { Database, Query } from './database.js'
import { isUuid } from './uuid.js'

interface NotificationRecord {
  id: number
  type: Notification['type']
  title: string | null
  message: string
  sender: string | null
  to_role: Role | null
  to_username: string | null
  created_at: number
  is_read: boolean
}

/** Of all processes: notices take turns, so that their numbers rise in the order of the commits. */
const ADD_LOCK = `SELECT pg_advisory_xact_lock(hashtext('notifications'))`

/** The user $1, and up to where they have read all. */
const READER = `reader AS MATERIALIZED (
  SELECT id, username, role, created_at,
    coalesce((SELECT read_up_to FROM notification_readers WHERE user_id = $1), 0) AS read_up_to
  FROM users WHERE id = $1)`
/** Theirs, of the notices n. */
const IS_OWN = `n.created_at >= reader.created_at AND (n.to_role IS NULL OR n.to_role = reader.role)
  AND (n.to_user IS NULL OR n.to_user = reader.id)`
/** The marks are few and hashed once; joined, they would make a count over thousands ten times slower. */
const IS_UNREAD = `(n.id > reader.read_up_to
  AND n.id NOT IN (SELECT notification_id FROM notification_marks WHERE user_id = $1))`

const BEYOND_EVERY_ID = '9223372036854775807'

export function createPostgresNotificationStore(
  deps: { database: Database } & Partial<NotificationBounds>,
): NotificationStore {
  const { database, maxAgeMs, maxCount } = { ...NOTIFICATION_BOUNDS, ...deps }
  return {
    add: (notice) => database.transaction((query) => addOne(query, notice, maxCount)),
    async list({ userId, limit, before, unread = false }) {
      if (!isUuid(userId)) return []
      const { rows } = await database.query<NotificationRecord>(
        `WITH ${READER}
         SELECT n.id, n.type, n.title, n.message, n.sender, n.to_role, n.created_at, NOT ${IS_UNREAD} AS is_read,
           CASE WHEN n.to_user IS NOT NULL THEN reader.username END AS to_username
         FROM notifications n, reader
         WHERE ${IS_OWN} AND n.id < $3 ${unread ? `AND ${IS_UNREAD}` : ''}
         ORDER BY n.id DESC LIMIT $2`,
        [userId, limit, before ?? BEYOND_EVERY_ID],
      )
      return rows.map((row) => ({ ...toNotification(row), read: row.is_read }))
    },
    unread: (userId) => countUnread(database.query, userId),
    async markRead(userId, { ids = [], upTo }) {
      if (!isUuid(userId)) return 0
      return database.transaction(async (query) => {
        if (upTo !== undefined) await readUpTo(query, userId, upTo)
        if (ids.length > 0) await readSingly(query, userId, ids)
        return countUnread(query, userId)
      })
    },
    async prune() {
      const { rowCount } = await database.query(
        `DELETE FROM notifications WHERE created_at < clock_timestamp() - $1::float8 * interval '1 ms'`,
        [maxAgeMs],
      )
      return rowCount
    },
  }
}

async function addOne(
  query: Query,
  { type, title, message, from, to = {} }: NewNotification,
  maxCount: number,
): Promise<Notification | undefined> {
  await query(ADD_LOCK)
  // The receiver is locked: a removal under way is waited for, and then counts.
  const { rows } = await query<NotificationRecord>(
    `WITH receiver AS (SELECT id, username FROM users WHERE lower(username) = lower($6) FOR KEY SHARE),
     added AS (
       INSERT INTO notifications (type, title, message, sender, to_role, to_user, created_at)
       SELECT $1, $2, $3, $4, $5, (SELECT id FROM receiver), clock_timestamp()
       WHERE $6::text IS NULL OR EXISTS (SELECT FROM receiver)
       RETURNING *)
     SELECT added.*, (SELECT username FROM receiver) AS to_username FROM added`,
    [type, title ?? null, message, from ?? null, to.role ?? null, to.user ?? null],
  )
  await query(
    'DELETE FROM notifications WHERE id <= (SELECT id FROM notifications ORDER BY id DESC OFFSET $1 LIMIT 1)',
    [maxCount],
  )
  return rows[0] && toNotification(rows[0])
}

/** Never past the newest: a number that none has yet would hide what is to come. */
async function readUpTo(query: Query, userId: string, upTo: string): Promise<void> {
  await query(
    `INSERT INTO notification_readers (user_id, read_up_to)
     SELECT u.id, least($2, (SELECT coalesce(max(id), 0) FROM notifications)) FROM users u WHERE u.id = $1
     ON CONFLICT (user_id) DO UPDATE
       SET read_up_to = greatest(notification_readers.read_up_to, excluded.read_up_to)`,
    [userId, upTo],
  )
  await query(
    `DELETE FROM notification_marks WHERE user_id = $1
       AND notification_id <= (SELECT read_up_to FROM notification_readers WHERE user_id = $1)`,
    [userId],
  )
}

async function readSingly(query: Query, userId: string, ids: readonly string[]): Promise<void> {
  await query(
    `WITH ${READER}
     INSERT INTO notification_marks (user_id, notification_id)
     SELECT reader.id, n.id FROM notifications n, reader
     WHERE n.id = ANY($2::bigint[]) AND ${IS_OWN} AND ${IS_UNREAD}
     ORDER BY n.id FOR KEY SHARE OF n
     ON CONFLICT DO NOTHING`,
    [userId, ids],
  )
}

async function countUnread(query: Query, userId: string): Promise<number> {
  if (!isUuid(userId)) return 0
  const { rows } = await query<{ count: number }>(
    `WITH ${READER} SELECT count(*)::int AS count FROM notifications n, reader WHERE ${IS_OWN} AND ${IS_UNREAD}`,
    [userId],
    { name: 'unread-notifications' },
  )
  return rows[0]!.count
}

function toNotification(record: NotificationRecord): Notification {
  const { id, type, title, message, sender, to_role: role, to_username: user } = record
  return {
    id: String(id),
    type,
    ...(title !== null && { title }),
    message,
    timestamp: new Date(record.created_at).toISOString(),
    ...(sender !== null && { from: sender }),
    ...(role !== null && { to: { role } }),
    ...(user !== null && { to: { user } }),
  }
}
