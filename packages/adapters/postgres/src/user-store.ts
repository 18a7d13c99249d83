import type { Role } from '@iot/contracts'
import type { NewUser, UserRow, UserStore } from '@iot/ports'
import type { Database, Query } from './database.js'
import { isUuid } from './uuid.js'

/** Tokens of a family that are remembered; an older one shown again is unknown, which is refused as well. */
const FAMILY_TOKENS = 64

interface UserRecord {
  id: string
  username: string
  password_hash: string
  role: Role
  disabled: boolean
  version: number
  created_at: number
}

const COLUMNS = `id, username, password_hash, role, disabled, version, created_at`

export function createPostgresUserStore(deps: { database: Database }): UserStore {
  const { database } = deps

  async function findOne(where: string, value: string): Promise<UserRow | undefined> {
    const { rows } = await database.query<UserRecord>(`SELECT ${COLUMNS} FROM users WHERE ${where}`, [value])
    return rows[0] && toUser(rows[0])
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
    async beginSession({ userId, tokenHash, expiresAtMs }) {
      await database.query(
        `WITH family AS (INSERT INTO session_families (user_id) VALUES ($1) RETURNING id)
         INSERT INTO session_tokens (token_hash, family, expires_at_ms) SELECT $2, id, $3 FROM family`,
        [userId, tokenHash, expiresAtMs],
      )
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

async function insertUser(query: Query, user: NewUser): Promise<UserRow | undefined> {
  const { rows } = await query<UserRecord>(
    `INSERT INTO users (username, password_hash, role) VALUES ($1, $2, $3)
     ON CONFLICT (lower(username)) DO NOTHING RETURNING ${COLUMNS}`,
    [user.username, user.passwordHash, user.role],
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
    disabled: record.disabled,
    version: record.version,
    createdAtMs: record.created_at,
  }
}
