import { randomUUID } from 'node:crypto'
import {
  applyUserChange,
  type Clock,
  isEnabledAdministrator,
  type NewUser,
  rightsOf,
  rightsOfRemoved,
  type UserOutcome,
  type UserRights,
  type UserRow,
  type UserStore,
} from '@iot/ports'

interface Token {
  hash: string
  expiresAtMs: number
  usedAtMs?: number
}

interface Family {
  userId: string
  tokens: Token[]
}

/** Tokens of a family that are remembered; an older one shown again is unknown, which is refused as well. */
const FAMILY_TOKENS = 64

export function createMemoryUserStore(options: { clock: Clock }): UserStore {
  const users = new Map<string, UserRow>()
  const families = new Set<Family>()
  const changes = new Map<string, { rights: UserRights; atMs: number }>()
  let setupToken: string | undefined

  function find(username: string): UserRow | undefined {
    const wanted = username.toLowerCase()
    return [...users.values()].find((user) => user.username.toLowerCase() === wanted)
  }

  function add(user: NewUser): UserRow | undefined {
    if (find(user.username)) return undefined
    const row: UserRow = {
      ...user,
      id: randomUUID(),
      disabled: false,
      version: 1,
      outBefore: 0,
      createdAtMs: options.clock.nowMs(),
    }
    users.set(row.id, row)
    return row
  }

  function familyOf(hash: string): { family: Family; token: Token } | undefined {
    for (const family of families) {
      const token = family.tokens.find((one) => one.hash === hash)
      if (token) return { family, token }
    }
    return undefined
  }

  /** `next` undefined: the user goes. */
  function replace(user: UserRow, next: UserRow | undefined, rights: UserRights): UserOutcome {
    const others = [...users.values()].filter(({ id }) => id !== user.id)
    const isLast = !others.some(isEnabledAdministrator) && !(next && isEnabledAdministrator(next))
    if (isEnabledAdministrator(user) && isLast) return { outcome: 'last-administrator' }
    if (next) users.set(user.id, next)
    else users.delete(user.id)
    if (rights.effect === 'out') {
      for (const family of families) if (family.userId === user.id) families.delete(family)
    }
    changes.set(user.id, { rights, atMs: options.clock.nowMs() })
    return { outcome: 'done', user: next ?? user, rights }
  }

  return {
    findByUsername: async (username) => find(username),
    findById: async (id) => users.get(id),
    count: async () => users.size,
    create: async (user) => add(user),
    async createFirst(user) {
      if (users.size > 0) return undefined
      setupToken = undefined
      return add(user)
    },
    async list({ after, limit }) {
      const lower = ({ username }: UserRow) => username.toLowerCase()
      return [...users.values()]
        .filter((user) => after === undefined || lower(user) > after.toLowerCase())
        .sort((one, other) => (lower(one) < lower(other) ? -1 : 1))
        .slice(0, limit)
    },
    async update(id, change) {
      const user = users.get(id)
      if (!user) return { outcome: 'unknown' }
      const next = applyUserChange(user, change)
      return next ? replace(user, next, rightsOf(next)) : { outcome: 'done', user }
    },
    async remove(id) {
      const user = users.get(id)
      return user ? replace(user, undefined, rightsOfRemoved(user)) : { outcome: 'unknown' }
    },
    async changedRights(withinMs) {
      const oldestMs = options.clock.nowMs() - withinMs
      return [...changes.values()].filter(({ atMs }) => atMs > oldestMs).map(({ rights }) => rights)
    },
    async beginSession({ userId, userVersion, tokenHash, expiresAtMs }) {
      const user = users.get(userId)
      if (!user || user.disabled || user.outBefore > userVersion) return false
      families.add({ userId, tokens: [{ hash: tokenHash, expiresAtMs }] })
      return true
    },
    async rotateSession({ tokenHash, successorHash, nowMs, graceMs, expiresAtMs }) {
      const found = familyOf(tokenHash)
      if (!found || found.token.expiresAtMs <= nowMs) return { outcome: 'unknown' }
      const { family, token } = found
      if (token.usedAtMs !== undefined && nowMs - token.usedAtMs > graceMs) {
        families.delete(family)
        return { outcome: 'reused', userId: family.userId }
      }
      const outcome = token.usedAtMs === undefined ? 'rotated' : 'sibling'
      token.usedAtMs ??= nowMs
      family.tokens.push({ hash: successorHash, expiresAtMs })
      if (family.tokens.length > FAMILY_TOKENS) family.tokens.shift()
      return { outcome, userId: family.userId }
    },
    async endSession(tokenHash) {
      const found = familyOf(tokenHash)
      if (found) families.delete(found.family)
    },
    async pruneSessions(nowMs) {
      const over = [...families].filter((family) =>
        family.tokens.every((token) => token.expiresAtMs <= nowMs),
      )
      for (const family of over) families.delete(family)
      return over.length
    },
    async setSetupToken(tokenHash) {
      setupToken = tokenHash
    },
    getSetupToken: async () => setupToken,
  }
}
