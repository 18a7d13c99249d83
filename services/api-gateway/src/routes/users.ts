import { PAGE_LIMIT, User, UserCreation, UserPage, UserPatch, UsersQuery } from '@iot/contracts'
import type { PasswordHasher, UserOutcome, UserRow, UserStore } from '@iot/ports'
import { AppError } from '@iot/runtime'
import { Type } from 'typebox'
import type { Auditor } from '../audit.js'
import { createCursor } from '../cursor.js'
import { toTimestamp } from '../present/to-timestamp.js'
import { type Route, route } from '../route.js'
import type { RightsTeller } from '../users/rights-teller.js'

const UserParams = Type.Object({ userId: Type.String({ minLength: 1, maxLength: 64 }) })
const cursor = createCursor(Type.Tuple([Type.String({ minLength: 1, maxLength: 64 })]))

interface UserDeps {
  readonly users: UserStore
  readonly passwords: PasswordHasher
  readonly rightsTeller: RightsTeller
  readonly auditor: Auditor
}

export function userRoutes(deps: UserDeps): Route[] {
  return [listUsers(deps), createUser(deps), getUser(deps), changeUser(deps), removeUser(deps)]
}

function listUsers({ users }: UserDeps): Route {
  return route(
    {
      method: 'GET',
      path: '/api/users',
      summary: 'Users in order of their name, letters’ case aside',
      tag: 'users',
      access: 'admin',
      query: UsersQuery,
      status: 200,
      answer: UserPage,
      errors: ['BAD_CURSOR'],
    },
    async ({ query }) => {
      const limit = query.limit ?? PAGE_LIMIT.default
      const after = cursor.read(query.cursor)?.[0]
      const rows = await users.list({ limit: limit + 1, ...(after !== undefined && { after }) })
      const shown = rows.slice(0, limit)
      const last = shown.at(-1)
      const more = rows.length > limit && last
      return {
        body: { items: shown.map(presentUser), ...(more && { nextCursor: cursor.write([last.username]) }) },
      }
    },
  )
}

function createUser({ users, passwords, auditor }: UserDeps): Route {
  return route(
    {
      method: 'POST',
      path: '/api/users',
      summary: 'Make a user; `sites` limits them to the devices of these sites',
      tag: 'users',
      access: 'admin',
      body: UserCreation,
      status: 201,
      answer: User,
      errors: ['CONFLICT'],
    },
    async ({ body: { username, password, role, sites }, caller }) => {
      const passwordHash = await passwords.hash(password)
      const row = await users.create({ username, passwordHash, role, ...(sites && { sites }) })
      if (!row) throw new AppError('CONFLICT', `There is a user ${username} already.`)
      await auditor.note({
        actor: caller.username,
        action: 'user.created',
        target: { type: 'user', id: username },
        detail: { role, ...(sites && { sites }) },
      })
      return { body: presentUser(row) }
    },
  )
}

function getUser({ users }: UserDeps): Route {
  return route(
    {
      method: 'GET',
      path: '/api/users/{userId}',
      summary: 'A user',
      tag: 'users',
      access: 'admin',
      params: UserParams,
      status: 200,
      answer: User,
      errors: ['NOT_FOUND'],
    },
    async ({ params }) => {
      const row = await users.findById(params.userId)
      if (!row) throw noUser(params.userId)
      return { body: presentUser(row) }
    },
  )
}

function changeUser({ users, passwords, rightsTeller, auditor }: UserDeps): Route {
  return route(
    {
      method: 'PATCH',
      path: '/api/users/{userId}',
      summary:
        'Change role, sites (null: all), password, or whether a user is shut out. In force everywhere within seconds; ' +
        'who is disabled or has a new password has to log in again',
      tag: 'users',
      access: 'admin',
      params: UserParams,
      body: UserPatch,
      status: 200,
      answer: User,
      errors: ['NOT_FOUND', 'LAST_ADMINISTRATOR'],
    },
    async ({ params: { userId }, body: { password, ...change }, caller }) => {
      const passwordHash = password === undefined ? undefined : await passwords.hash(password)
      const outcome = await users.update(userId, { ...change, ...(passwordHash && { passwordHash }) })
      const { user, rights } = requireDone(outcome, userId)
      if (rights) await rightsTeller.tell(rights)
      await auditor.note({
        actor: caller.username,
        action: actionOf(change.disabled),
        target: { type: 'user', id: user.username },
        detail: { ...change, ...(password !== undefined && { password: 'changed' }) },
      })
      return { body: presentUser(user) }
    },
  )
}

function removeUser({ users, rightsTeller, auditor }: UserDeps): Route {
  return route(
    {
      method: 'DELETE',
      path: '/api/users/{userId}',
      summary: 'Remove a user: they are out everywhere within seconds, and the name is free again',
      tag: 'users',
      access: 'admin',
      params: UserParams,
      status: 204,
      errors: ['NOT_FOUND', 'LAST_ADMINISTRATOR'],
    },
    async ({ params: { userId }, caller }) => {
      const { user, rights } = requireDone(await users.remove(userId), userId)
      if (rights) await rightsTeller.tell(rights)
      await auditor.note({
        actor: caller.username,
        action: 'user.removed',
        target: { type: 'user', id: user.username },
        detail: { role: user.role },
      })
      return { body: undefined }
    },
  )
}

function actionOf(disabled: boolean | undefined): string {
  if (disabled === undefined) return 'user.changed'
  return disabled ? 'user.disabled' : 'user.enabled'
}

function requireDone(outcome: UserOutcome, userId: string) {
  if (outcome.outcome === 'done') return outcome
  if (outcome.outcome === 'unknown') throw noUser(userId)
  throw new AppError('LAST_ADMINISTRATOR', 'Make another user an administrator first, or let one in again.')
}

function noUser(userId: string): AppError {
  return new AppError('NOT_FOUND', `There is no user ${userId}.`)
}

function presentUser({ id, username, role, sites, disabled, createdAtMs }: UserRow): User {
  return {
    id,
    username,
    role,
    ...(sites && { sites: [...sites] }),
    disabled,
    createdAt: toTimestamp(createdAtMs),
  }
}
