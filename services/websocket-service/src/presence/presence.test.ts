import { createMemoryPresenceBoard } from '@iot/adapter-memory'
import type { ConnectionFigures, Role } from '@iot/contracts'
import { type PresenceBoard, StoreUnavailable } from '@iot/ports'
import { silentLogger } from '@iot/runtime'
import { FakeClock, until } from '@iot/testkit'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { createSession, type Session } from '../sessions/session.js'
import { fakeLink } from '../testing/fake-link.js'
import { OwnConnections } from './own-connections.js'
import { PlaceCounts } from './place-counts.js'
import { createPresence, type Presence } from './presence.js'

const BEAT_MS = 5
let clock: FakeClock
let board: PresenceBoard
let opened: Presence[]

beforeEach(() => {
  clock = new FakeClock()
  board = createMemoryPresenceBoard({ clock })
  opened = []
})
afterEach(async () => {
  for (const presence of opened) await presence.stop()
})

/** A replica without sockets: sessions come and go by hand, and what administrators are told is kept. */
function startReplica(instance: string, on: PresenceBoard = board) {
  const sessions = new Set<Session>()
  const told: string[] = []
  let reports = 0
  const presence = createPresence({
    board: {
      ...on,
      report: async (report) => {
        const news = await on.report(report)
        reports += 1
        return news
      },
    },
    instance,
    clock,
    limits: { perUser: 50, perAddress: 2_000 },
    logger: silentLogger(),
    beatMs: BEAT_MS,
    connections: () => sessions.size,
    readingsPerMinute: () => 10,
    tellAdmins: (event, { username }) => told.push(`${event} ${username}`),
  })
  presence.start()
  opened.push(presence)
  return {
    presence,
    told,
    reports: () => reports,
    /** Lets somebody in, as the handshake and the session do; the answer closes it. */
    async enter(username: string, options: { role?: Role; parts?: Parameters<typeof fakeLink>[0] } = {}) {
      const id = `${instance}-${username}-${sessions.size}`
      const user = { id: `id-${username}`, username, role: options.role ?? 'user' }
      const place = await presence.places.take({ user: user.id, address: '10.0.0.1' })
      if (!place.ok) throw new Error('there is no place')
      const admission = {
        user,
        userVersion: 0,
        isAnonymous: username === '',
        address: '10.0.0.1',
        expiresAtMs: Number.POSITIVE_INFINITY,
      }
      const session = createSession(fakeLink({ id, ...options.parts }), admission, {
        backlogBytes: 1_000,
        messagesPerSecond: 1,
        nowMs: clock.nowMs(),
      })
      sessions.add(session)
      presence.opened(session)
      return {
        session,
        leave(closedFor?: Parameters<Presence['closed']>[1]) {
          sessions.delete(session)
          place.leave()
          presence.closed(session, closedFor)
        },
      }
    },
  }
}

/** Lets time go by, and waits until replicas have reported twice: once at least they began after it. */
async function pass(ms: number, ...replicas: ReturnType<typeof startReplica>[]): Promise<void> {
  clock.advance(ms)
  const before = replicas.map((one) => one.reports())
  await until('all have reported', () => replicas.every((one, n) => one.reports() >= before[n]! + 2))
}

/** Resolves when the board has so many connections and users. */
async function settled(connections: number, users: number): Promise<void> {
  await until(`${connections} connections and ${users} users`, async () => {
    const figures = await board.figures()
    return figures.connections === connections && figures.users === users
  })
}

describe('presence', () => {
  it('tells of a user once over tabs and replicas, when they come and when all of it has gone', async () => {
    const a = startReplica('a')
    const b = startReplica('b')
    const tabs = [await a.enter('ada'), await a.enter('ada'), await b.enter('ada')]
    await settled(3, 1)
    for (const tab of tabs) tab.leave()
    await settled(0, 1)
    clock.advance(9_900)
    await a.enter('marker')
    await until('the marker has come', () => a.told.includes('user:joined marker'))
    expect([...a.told, ...b.told].sort()).toEqual(['user:joined ada', 'user:joined marker'])
    clock.advance(200)
    await until('ada has left', () => [...a.told, ...b.told].includes('user:left ada'))
    expect([...a.told, ...b.told].sort()).toEqual(['user:joined ada', 'user:joined marker', 'user:left ada'])
  })

  it('says nothing of who reloads, or comes back to another replica', async () => {
    const a = startReplica('a')
    const b = startReplica('b')
    const tab = await a.enter('ada')
    await settled(1, 1)
    tab.leave()
    await settled(0, 1)
    clock.advance(8_000)
    await b.enter('ada')
    await settled(1, 1)
    for (let seconds = 0; seconds < 12; seconds += 1) await pass(1_000, a, b)
    await b.enter('marker')
    await until('the marker has come', () => b.told.includes('user:joined marker'))
    expect([...a.told, ...b.told].filter((one) => one.endsWith('ada'))).toEqual(['user:joined ada'])
  })

  it('takes the users of a silent replica with it, by the word of one of the others', async () => {
    let isCut = false
    const cut = (name: 'report' | 'withdraw') =>
      (async (given: never) => {
        if (isCut) throw new StoreUnavailable('cut off')
        return await board[name](given)
      }) as never
    const dying = startReplica('dying', { ...board, report: cut('report'), withdraw: cut('withdraw') })
    const a = startReplica('a')
    const b = startReplica('b')
    await dying.enter('ada')
    await a.enter('bob')
    await settled(2, 2)
    isCut = true
    for (let seconds = 0; seconds < 22; seconds += 1) await pass(1_000, a, b)
    await until('ada has left', () => [...a.told, ...b.told].includes('user:left ada'))
    expect([...a.told, ...b.told].filter((one) => one.startsWith('user:left'))).toEqual(['user:left ada'])
    expect((await board.figures()).connections).toBe(1)
  })

  it('tells the board all over again when it was away, without announcing anybody twice', async () => {
    let isAway = false
    const a = startReplica('a', {
      ...board,
      report: (report) => (isAway ? Promise.reject(new StoreUnavailable('away')) : board.report(report)),
    })
    await a.enter('ada')
    await settled(1, 1)
    isAway = true
    const bob = await a.enter('bob')
    await a.enter('cid')
    bob.leave()
    expect(a.presence.figures()).toMatchObject({ connections: 2, replicas: 1 })
    // The board forgets: what it is told from now on is all that it has.
    await board.withdraw('a')
    clock.advance(11_000)
    await board.report({ ...EMPTY, replica: 'other' })
    isAway = false
    await settled(2, 2)
    expect(a.told).toEqual(['user:joined ada', 'user:joined cid'])
  })

  it('reports more than one report holds, and keeps each connection’s subscriptions and traffic up to date', async () => {
    const a = startReplica('a')
    for (let n = 0; n < 1_100; n += 1) await a.enter(`user-${n}`)
    await settled(1_100, 1_100)
    let bytesSent = 0
    const { session } = await a.enter('ada', {
      parts: { id: 'one', traffic: () => ({ framesSent: 1, bytesSent, bytesReceived: 0 }) },
    })
    await settled(1_101, 1_101)
    session.subscriptions.set('all-devices', {} as never)
    bytesSent = 500
    await until('the change is on the board', async () => (await board.find('one'))?.subscriptions === 1)
    expect(await board.find('one')).toMatchObject({ username: 'ada', replica: 'a' })
    bytesSent = 900
    clock.advance(16_000)
    await until(
      'the traffic is on the board',
      async () => (await board.find('one'))?.traffic.bytesSent === 900,
    )
  })

  it('tells of another role when somebody comes back with it, while an old session is still there', async () => {
    const a = startReplica('a')
    const own = new OwnConnections({ replica: 'x', since: EMPTY.since, counts: new PlaceCounts() })
    for (const role of ['user', 'operator'] as const) {
      own.open((await a.enter('ada', { role })).session)
      const [told] = own.takeReport(0, 0).users
      expect(told).toEqual({ userId: 'id-ada', username: 'ada', role, isOld: role === 'operator' })
      own.confirm()
    }
    expect(own.takeReport(0, 0).users).toEqual([])
  })

  it('counts who watches without a name among the connections, and not among the users', async () => {
    const a = startReplica('a')
    await a.enter('')
    await a.enter('ada')
    await settled(2, 1)
    expect(a.told).toEqual(['user:joined ada'])
    expect(a.presence.figures()).toMatchObject({ connections: 2, users: 1 })
  })

  it('tells administrators the figures of the fleet as they change, and nobody else', async () => {
    const a = startReplica('a')
    const b = startReplica('b')
    const heard: ConnectionFigures[] = []
    const rooms: string[] = []
    const parts = {
      emit: ((event: string, body: never) => event === 'status:update' && heard.push(body)) as never,
      join: (room: string) => void rooms.push(room),
    }
    const admin = await a.enter('root', { role: 'admin', parts })
    await b.enter('ada', { parts: { emit: () => expect(true).toBe(false) } })
    await until('both are counted', () => heard.at(-1)?.connections === 2 && heard.at(-1)?.users === 2)
    expect(heard.at(-1)).toMatchObject({ replicas: 2, readingsPerMinute: 20 })
    const told = heard.length
    admin.leave()
    await b.enter('bob')
    await until('the replica knows', () => a.presence.figures().users === 3)
    expect(rooms).toEqual(['admins'])
    expect(heard).toHaveLength(told)
  })

  it('notes why it closed a connection, but not what an administrator has noted', async () => {
    const a = startReplica('a')
    const one = await a.enter('ada')
    one.leave('slow consumer')
    const other = await a.enter('bob')
    other.leave('closed by an administrator')
    await until('it is noted', async () => (await board.activity()).some(({ kind }) => kind === 'closed'))
    const closed = (await board.activity()).filter(({ kind }) => kind === 'closed')
    expect(closed).toEqual([
      {
        kind: 'closed',
        userId: 'id-ada',
        username: 'ada',
        role: 'user',
        sessionId: one.session.id,
        reason: 'slow consumer',
        timestamp: new Date(clock.nowMs()).toISOString(),
      },
    ])
  })
})

const EMPTY = {
  since: '2026-01-01T00:00:00.000Z',
  readingsPerMinute: 0,
  isWhole: true,
  places: [],
  users: [],
  opened: [],
  closed: [],
}
