import type { Role, UserRights } from '@iot/contracts'
import {
  applyUserChange,
  isEnabledAdministrator,
  type NewUser,
  rightsOf,
  rightsOfRemoved,
  type UserOutcome,
  type UserRow,
  type UserStore,
} from '@iot/ports'
import type { Database, Query } from './database.js'
import { isUuid } from './uuid.js'

/** Tokens of a family that are remembered; an older one shown again is unknown, which is refused as well. */
const FAMILY_TOKENS = 64

interface UserRecord {
  id: string
  username: string
  password_hash: string
  role: Role
  sites: string[] | null
  disabled: boolean
  version: number
  out_before: number
  created_at: number
}

const COLUMNS = `id, username, password_hash, role, sites, disabled, version, out_before, created_at`

export function createPostgresUserStore(deps: { database: Database }): UserStore {
  const { database } = deps

  async function findOne(where: string, value: string): Promise<UserRow | undefined> {
    const { rows } = await database.query<UserRecord>(`SELECT ${COLUMNS} FROM users WHERE ${where}`, [value])
    return rows[0] && toUser(rows[0])
  }

  /** Does `work` on a user who is locked with everybody who manages, and notes the rights that come of it. */
  async function changeOne(
    id: string,
    work: (query: Query, user: UserRow) => Promise<UserOutcome>,
  ): Promise<UserOutcome> {
    if (!isUuid(id)) return { outcome: 'unknown' }
    try {
      return await database.transaction(async (query) => {
        const locked = await lockWithAdministrators(query, id)
        const user = locked.find((one) => one.id === id)
        if (!user) return { outcome: 'unknown' }
        const done = await work(query, user)
        if (done.outcome !== 'done' || !done.rights) return done
        if (isEnabledAdministrator(user) && !(await hasAdministrator(query))) throw new LastAdministrator()
        await noteRights(query, done.rights)
        return done
      })
    } catch (error) {
      if (error instanceof LastAdministrator) return { outcome: 'last-administrator' }
      throw error
    }
  }

  return {
    findByUsername: (username) => findOne('lower(username) = lower($1)', username),
    findById: async (id) => (isUuid(id) ? findOne('id = $1', id) : undefined),
    async count() {
      const { rows } = await database.query<{ count: number }>('SELECT count(*)::int AS count FROM users')
      return rows[0]!.count
    },
    create: (user) => insertUser(database.query, user),
    createFirst(user) {
      return database.transaction(async (query) => {
        // Two first users at once: the second waits here, and then finds the first.
        await query('LOCK TABLE users IN SHARE ROW EXCLUSIVE MODE')
        const { rowCount } = await query('SELECT FROM users LIMIT 1')
        if (rowCount > 0) return undefined
        await query('DELETE FROM setup_token')
        return insertUser(query, user)
      })
    },
    async list({ after, limit }) {
      const { rows } = await database.query<UserRecord>(
        `SELECT ${COLUMNS} FROM users WHERE $2::text IS NULL OR lower(username) COLLATE "C" > lower($2)
         ORDER BY lower(username) COLLATE "C" LIMIT $1`,
        [limit, after ?? null],
      )
      return rows.map(toUser)
    },
    update(id, change) {
      return changeOne(id, async (query, user) => {
        const next = applyUserChange(user, change)
        if (!next) return { outcome: 'done', user }
        if (next.outBefore === next.version) {
          await query('DELETE FROM session_families WHERE user_id = $1', [id])
        }
        await query(
          `UPDATE users SET role = $2, sites = $3, disabled = $4, password_hash = $5, version = $6, out_before = $7
           WHERE id = $1`,
          [id, next.role, next.sites ?? null, next.disabled, next.passwordHash, next.version, next.outBefore],
        )
        return { outcome: 'done', user: next, rights: rightsOf(next) }
      })
    },
    remove(id) {
      return changeOne(id, async (query, user) => {
        await query('DELETE FROM users WHERE id = $1', [id])
        return { outcome: 'done', user, rights: rightsOfRemoved(user) }
      })
    },
    async changedRights(withinMs) {
      const { rows } = await database.query<{ rights: UserRights }>(
        `SELECT rights FROM rights_changes WHERE changed_at > now() - $1::float8 * interval '1 ms'`,
        [withinMs],
      )
      return rows.map(({ rights }) => rights)
    },
    async beginSession({ userId, userVersion, tokenHash, expiresAtMs }) {
      // FOR SHARE: a change of the user under way is waited for, and then counts.
      const { rowCount } = await database.query(
        `WITH may AS (SELECT id FROM users WHERE id = $1 AND NOT disabled AND out_before <= $4 FOR SHARE),
         family AS (INSERT INTO session_families (user_id) SELECT id FROM may RETURNING id)
         INSERT INTO session_tokens (token_hash, family, expires_at_ms) SELECT $2, id, $3 FROM family`,
        [userId, tokenHash, expiresAtMs, userVersion],
      )
      return rowCount > 0
    },
    rotateSession: (rotation) => database.transaction((query) => rotate(query, rotation)),
    async endSession(tokenHash) {
      await database.query(
        'DELETE FROM session_families WHERE id = (SELECT family FROM session_tokens WHERE token_hash = $1)',
        [tokenHash],
      )
    },
    async pruneSessions(nowMs) {
      const { rowCount } = await database.query(
        `DELETE FROM session_families WHERE NOT EXISTS
           (SELECT FROM session_tokens t WHERE t.family = session_families.id AND t.expires_at_ms > $1)`,
        [nowMs],
      )
      return rowCount
    },
    async setSetupToken(tokenHash) {
      await database.query(
        'INSERT INTO setup_token (token_hash) VALUES ($1) ON CONFLICT (only_one) DO UPDATE SET token_hash = excluded.token_hash',
        [tokenHash],
      )
    },
    async getSetupToken() {
      const { rows } = await database.query<{ token_hash: string }>('SELECT token_hash FROM setup_token')
      return rows[0]?.token_hash
    },
  }
}

/** Takes a change back: nobody would be left who manages. */
class LastAdministrator extends Error {}

/** In one order, so that two changes at once wait for each other and never both for ever. */
async function lockWithAdministrators(query: Query, id: string): Promise<UserRow[]> {
  const { rows } = await query<UserRecord>(
    `SELECT ${COLUMNS} FROM users WHERE id = $1 OR (role = 'admin' AND NOT disabled) ORDER BY id FOR UPDATE`,
    [id],
  )
  return rows.map(toUser)
}

async function hasAdministrator(query: Query): Promise<boolean> {
  const { rowCount } = await query(`SELECT FROM users WHERE role = 'admin' AND NOT disabled LIMIT 1`)
  return rowCount > 0
}

async function noteRights(query: Query, rights: UserRights): Promise<void> {
  await query(
    `INSERT INTO rights_changes (user_id, rights) VALUES ($1, $2)
     ON CONFLICT (user_id) DO UPDATE SET rights = excluded.rights, changed_at = now()`,
    [rights.userId, JSON.stringify(rights)],
  )
  await query(`DELETE FROM rights_changes WHERE changed_at < now() - interval '1 hour'`)
}

async function insertUser(query: Query, user: NewUser): Promise<UserRow | undefined> {
  const { rows } = await query<UserRecord>(
    `INSERT INTO users (username, password_hash, role, sites) VALUES ($1, $2, $3, $4)
     ON CONFLICT (lower(username)) DO NOTHING RETURNING ${COLUMNS}`,
    [user.username, user.passwordHash, user.role, user.sites ?? null],
  )
  return rows[0] && toUser(rows[0])
}

async function rotate(
  query: Query,
  rotation: Parameters<UserStore['rotateSession']>[0],
): ReturnType<UserStore['rotateSession']> {
  const { tokenHash, successorHash, nowMs, graceMs, expiresAtMs } = rotation
  // The family's row is locked, so that rotations of one family take turns.
  const found = await query<{ family: number; user_id: string }>(
    `SELECT f.id AS family, f.user_id FROM session_families f
     WHERE f.id = (SELECT family FROM session_tokens WHERE token_hash = $1 AND expires_at_ms > $2) FOR UPDATE OF f`,
    [tokenHash, nowMs],
  )
  if (!found.rows[0]) return { outcome: 'unknown' }
  const { family, user_id: userId } = found.rows[0]
  // Read after the lock was had: another rotation may have used the token meanwhile.
  const token = await query<{ used_at_ms: number | null }>(
    'SELECT used_at_ms FROM session_tokens WHERE token_hash = $1',
    [tokenHash],
  )
  if (!token.rows[0]) return { outcome: 'unknown' }
  const usedAtMs = token.rows[0].used_at_ms
  if (usedAtMs !== null && nowMs - usedAtMs > graceMs) {
    await query('DELETE FROM session_families WHERE id = $1', [family])
    return { outcome: 'reused', userId }
  }
  if (usedAtMs === null) {
    await query('UPDATE session_tokens SET used_at_ms = $2 WHERE token_hash = $1', [tokenHash, nowMs])
  }
  await query('INSERT INTO session_tokens (token_hash, family, expires_at_ms) VALUES ($1, $2, $3)', [
    successorHash,
    family,
    expiresAtMs,
  ])
  await query(
    `DELETE FROM session_tokens WHERE token_hash IN
       (SELECT token_hash FROM session_tokens WHERE family = $1 ORDER BY made DESC OFFSET $2)`,
    [family, FAMILY_TOKENS],
  )
  return { outcome: usedAtMs === null ? 'rotated' : 'sibling', userId }
}

function toUser(record: UserRecord): UserRow {
  return {
    id: record.id,
    username: record.username,
    passwordHash: record.password_hash,
    role: record.role,
    ...(record.sites && { sites: record.sites }),
    disabled: record.disabled,
    version: record.version,
    outBefore: record.out_before,
    createdAtMs: record.created_at,
  }
}
