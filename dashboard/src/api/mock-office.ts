import type {
  Connection,
  ConnectionActivity,
  FleetFigures,
  Notification,
  Role,
  ServerEvent,
  ServerEventBody,
  SessionUser,
  User,
} from '@iot/contracts'
import type { LiveFeed } from './live-feed.js'
import { done, json, type MockRequest, problem } from './mock-answers.js'
import {
  activityOf,
  mockActivity,
  mockConnections,
  mockNotice,
  mockNotices,
  mockUsers,
} from './mock-people.js'
import type { MockScene } from './mock-world.js'

/** The people of the mock: sessions, users, connections, notices. */
export interface MockOffice {
  /** Undefined: not of the people. */
  answer(request: MockRequest): Response | Promise<Response> | undefined
  on: LiveFeed['on']
}

interface Office {
  scene: MockScene
  /** the scene `ended`: once the refresh has been refused, until the login */
  ended: boolean
  users: User[]
  connections: Connection[]
  activity: ConnectionActivity[]
  notices: Notification[]
  emit<Event extends ServerEvent>(event: Event, body: ServerEventBody<Event>): void
}

const SESSION_ENDS_AFTER_MS = 8_000
const NOTICE_AFTER_MS = 6_000

export function createMockOffice({ scene, nowMs }: { scene: MockScene; nowMs: number }): MockOffice {
  const handlers = new Map<string, Set<(body: never) => void>>()
  const office: Office = {
    scene,
    ended: false,
    users: mockUsers(nowMs),
    connections: scene === 'empty' ? [] : mockConnections(nowMs),
    activity: scene === 'empty' ? [] : mockActivity(),
    notices: scene === 'empty' ? [] : mockNotices(nowMs),
    emit(name, body) {
      for (const handler of handlers.get(name) ?? []) handler(body as never)
    },
  }
  if (scene === 'ended') setTimeout(() => (office.ended = true), SESSION_ENDS_AFTER_MS)
  if (scene === 'fleet') setTimeout(() => comeLive(office), NOTICE_AFTER_MS)
  return {
    answer: (request) => answer(request, office),
    on(name, handler) {
      const all = handlers.get(name) ?? new Set()
      handlers.set(name, all.add(handler as (body: never) => void))
      if (name === 'status:update') queueMicrotask(() => tellFigures(office))
      return () => void all.delete(handler as (body: never) => void)
    },
  }
}

function answer(request: MockRequest, office: Office): Response | Promise<Response> | undefined {
  const { path } = request
  if (path.startsWith('/auth') || path === '/setup') return session(request, office)
  if (office.ended) return problem(401, 'TOKEN_EXPIRED', 'The access token has expired: refresh it')
  const list = /^\/(users|notifications|system\/connections|system\/activity)/.exec(path)?.[1]
  if (list === undefined) return undefined
  if (office.scene === 'loading' && request.method === 'GET') return new Promise(() => undefined)
  if (office.scene === 'error') return problem(503, 'UNAVAILABLE', 'A part of the system is away: try again')
  if (office.scene === 'forbidden' && list !== 'notifications')
    return problem(403, 'FORBIDDEN', 'Your role may not do this')
  if (list === 'users') return usersAnswer(request, office)
  if (list === 'notifications') return notificationsAnswer(request, office)
  if (list === 'system/activity') return json({ items: office.activity })
  return connectionsAnswer(request, office)
}

function session({ path, body }: MockRequest, office: Office): Response {
  const { scene } = office
  const role: Role = scene === 'operator' || scene === 'user' ? scene : 'admin'
  const user: SessionUser = { id: 'u1', username: 'linh', role }
  const begun = { accessToken: 'mock', expiresIn: 900, user }
  if (path === '/auth/refresh') {
    return scene === 'login' || scene === 'setup' || office.ended
      ? problem(401, 'REFRESH_INVALID', 'The session has ended: log in again')
      : json(begun)
  }
  if (path === '/setup' && body.token === undefined) return json({ needed: scene === 'setup' })
  if (path === '/setup') return json(begun)
  if (path === '/auth/login' || path === '/auth/password') {
    if (body.password === 'wrong' || body.currentPassword === 'wrong')
      return problem(401, 'BAD_CREDENTIALS', 'The username or the password is wrong')
    office.ended = false
    return json(begun)
  }
  return done()
}

function usersAnswer({ method, path, body }: MockRequest, office: Office): Response {
  const id = path.split('/')[2]
  const user = office.users.find((each) => each.id === id)
  if (method === 'GET') return json({ items: office.users })
  if (method === 'POST') {
    if (office.users.some(({ username }) => username === body.username))
      return problem(409, 'CONFLICT', 'It exists already')
    const made = { ...(body as Partial<User>), id: `u${office.users.length + 1}`, disabled: false } as User
    office.users = [...office.users, { ...made, createdAt: new Date().toISOString() }]
    return json(made, 201)
  }
  if (user === undefined) return problem(404, 'NOT_FOUND', 'There is no such thing')
  if (method === 'DELETE') {
    office.users = office.users.filter((each) => each !== user)
    return done()
  }
  const { sites, password: _kept, ...change } = body as { sites?: string[] | null; password?: string }
  const { sites: before, ...rest } = user
  const after = sites === undefined ? before : (sites ?? undefined)
  const changed: User = { ...rest, ...change, ...(after !== undefined && { sites: after }) }
  office.users = office.users.map((each) => (each === user ? changed : each))
  return json(changed)
}

function connectionsAnswer({ method, path, query }: MockRequest, office: Office): Response {
  if (method === 'GET') {
    const wanted = query.get('user')
    const items = office.connections.filter(({ username }) => wanted === null || username === wanted)
    return json({ items, summary: figuresOf(office) })
  }
  const sessionId = path.split('/')[3]
  const user = query.get('user')
  const gone = office.connections.filter((each) => each.sessionId === sessionId || each.username === user)
  office.connections = office.connections.filter((each) => !gone.includes(each))
  office.activity = [
    ...gone.map((each) => activityOf('closed', each.username, 0, { by: 'linh' })),
    ...office.activity,
  ]
  tellFigures(office)
  return done()
}

function notificationsAnswer({ method, path, query, body }: MockRequest, office: Office): Response {
  if (method === 'GET') {
    const wanted = office.notices.filter(({ read }) => query.get('unread') !== 'true' || !read)
    const start = Number(query.get('cursor') ?? 0)
    const end = start + Number(query.get('limit') ?? 30)
    return json({
      items: wanted.slice(start, end),
      unread: unreadOf(office),
      ...(end < wanted.length && { nextCursor: String(end) }),
    })
  }
  if (path.endsWith('/read')) {
    const ids = (body.ids as string[] | undefined) ?? office.notices.map(({ id }) => id)
    office.notices = office.notices.map((each) => (ids.includes(each.id) ? { ...each, read: true } : each))
    queueMicrotask(() => office.emit('notifications:read', { ids, unread: unreadOf(office) }))
    return json({ unread: unreadOf(office) })
  }
  const to = body.to as Notification['to']
  if (to?.user !== undefined && !office.users.some(({ username }) => username === to.user))
    return problem(400, 'VALIDATION_FAILED', 'The request has invalid fields', [
      { field: 'to.user', message: 'names nobody' },
    ])
  const sent = mockNotice({ ...(body as Partial<Notification>), from: 'linh' }, 0, Date.now())
  if (to?.user === undefined || to.user === 'linh') addNotice(office, sent)
  return json(sent, 201)
}

function unreadOf({ notices: all }: Office): number {
  return all.filter(({ read }) => !read).length
}

function addNotice(office: Office, sent: Notification): void {
  office.notices = [sent, ...office.notices]
  queueMicrotask(() => office.emit('notification', sent))
}

function figuresOf({ connections: open }: Office): FleetFigures {
  const since = new Date(Date.now() - 93_784_000).toISOString()
  return {
    connections: open.length,
    users: new Set(open.map(({ userId }) => userId)).size,
    replicas: ['ws-1', 'ws-2'].map((replica) => ({
      replica,
      since,
      connections: open.filter((each) => each.replica === replica).length,
      readingsPerMinute: 602,
    })),
  }
}

function tellFigures(office: Office): void {
  const { connections: open, users: here, replicas } = figuresOf(office)
  office.emit('status:update', {
    timestamp: new Date().toISOString(),
    connections: open,
    users: here,
    replicas: replicas.length,
    uptime: 93_784,
    readingsPerMinute: 1_204,
  })
}

function comeLive(office: Office): void {
  addNotice(
    office,
    mockNotice(
      {
        type: 'warning',
        title: 'Cold room 1 is warm',
        message: 'cold-room-1 is above 8 °C. Close the door.',
      },
      0,
      Date.now(),
    ),
  )
}
