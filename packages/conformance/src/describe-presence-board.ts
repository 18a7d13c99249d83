import { ACTIVITY_LENGTH, type Connection } from '@iot/contracts'
import type { PlaceRequest, PresenceBoard, PresenceNews, PresenceReport, PresentUser } from '@iot/ports'
import { until } from '@iot/testkit'
import { beforeEach, describe, expect, it } from '@jest/globals'

export interface PresenceTimes {
  readonly ttlMs: number
  readonly graceMs: number
}

/** Of a board with a time of its own: so long a busy machine may take from one report to the next. */
const UNHURRIED_MS = 2_000

/** `create` makes an empty board with these times; of a fake clock `pass` lets time go by. */
export function describePresenceBoard(
  name: string,
  create: (times: PresenceTimes) => Promise<{ board: PresenceBoard; pass?: (ms: number) => void }>,
): void {
  const AMPLE: PresenceTimes = { ttlMs: 60_000, graceMs: 60_000 }
  const open = async (times: PresenceTimes) => ({ pass: () => {}, ...(await create(times)) })

  describe(`presence board: ${name}`, () => {
    describe('connections', () => {
      let board: PresenceBoard
      beforeEach(async () => {
        board = (await open(AMPLE)).board
      })

      it('knows nobody at first', async () => {
        expect(await board.list({ limit: 10 })).toEqual([])
        expect(await board.find('s1')).toBeUndefined()
        expect(await board.figures()).toEqual({ connections: 0, users: 0, replicas: [] })
        expect(await board.activity()).toEqual([])
      })

      it('has what replicas report, and counts it', async () => {
        const sites = { ...connection('s2', { username: 'bob', replica: 'b' }), sites: ['Hall 1'] }
        await board.report(
          report('a', { opened: [connection('s1', { replica: 'a' })], users: [user('ada')] }),
        )
        const { isKnown, fleet } = await board.report(
          report('b', { opened: [sites], users: [user('bob')], readingsPerMinute: 7 }),
        )
        expect(isKnown).toBe(true)
        expect(await board.find('s1')).toEqual(connection('s1', { replica: 'a' }))
        expect(await board.find('s2')).toEqual(sites)
        expect(fleet).toEqual({
          connections: 2,
          users: 2,
          replicas: [
            { replica: 'a', since: SINCE, connections: 1, readingsPerMinute: 0 },
            { replica: 'b', since: SINCE, connections: 1, readingsPerMinute: 7 },
          ],
        })
        expect(await board.figures()).toEqual(fleet)
      })

      it('replaces what has changed and forgets what has closed', async () => {
        await board.report(report('a', { opened: [connection('s1'), connection('s2')] }))
        const changed = { ...connection('s1'), subscriptions: 3 }
        await board.report(report('a', { isWhole: false, opened: [changed], closed: ['s2', 'never known'] }))
        expect(await board.list({ limit: 10 })).toEqual([changed])
        expect(await board.find('s2')).toBeUndefined()
      })

      it('lists them newest first, page after page, also those of the same moment on several replicas', async () => {
        const all = Array.from({ length: 25 }, (_, n) =>
          connection(`s${String(n).padStart(2, '0')}`, {
            replica: n % 2 === 0 ? 'a' : 'b',
            since: new Date(Date.parse(SINCE) + Math.floor(n / 10) * 1_000).toISOString(),
          }),
        )
        for (const replica of ['a', 'b']) {
          await board.report(report(replica, { opened: all.filter((one) => one.replica === replica) }))
        }
        const seen: string[] = []
        let after: Connection | undefined
        for (;;) {
          const page = await board.list({ limit: 4, ...(after && { after }) })
          seen.push(...page.map(({ sessionId }) => sessionId))
          after = page.at(-1)
          if (page.length < 4) break
        }
        expect(seen).toEqual(all.map(({ sessionId }) => sessionId).reverse())
      })

      it('lists those of a user, and those of a replica', async () => {
        const ofAda = ['s1', 's2', 's3'].map((id) => connection(id, { replica: 'a' }))
        const ofBob = ['s4', 's5'].map((id) => connection(id, { username: 'bob', replica: 'a' }))
        await board.report(report('a', { opened: [...ofAda, ...ofBob] }))
        await board.report(report('b', { opened: [connection('s6', { username: 'bob', replica: 'b' })] }))
        const idsOf = async (query: Parameters<PresenceBoard['list']>[0]) =>
          (await board.list(query)).map(({ sessionId }) => sessionId)
        expect(await idsOf({ limit: 10, username: 'bob' })).toEqual(['s6', 's5', 's4'])
        expect(await idsOf({ limit: 1, username: 'ada' })).toEqual(['s3'])
        expect(await idsOf({ limit: 10, replica: 'b' })).toEqual(['s6'])
        expect(await idsOf({ limit: 10, replica: 'b', username: 'ada' })).toEqual([])
      })

      it('takes nothing from a replica that it does not know, and says so', async () => {
        const news = await board.report(report('a', { isWhole: false, opened: [connection('s1')] }))
        expect(news.isKnown).toBe(false)
        expect(await board.list({ limit: 10 })).toEqual([])
      })

      it('forgets with a whole report what a replica had before', async () => {
        await board.report(
          report('a', { opened: [connection('s1')], users: [user('ada')], places: [of('ada', 1)] }),
        )
        await board.report(report('a', { opened: [connection('s2')] }))
        expect((await board.list({ limit: 10 })).map(({ sessionId }) => sessionId)).toEqual(['s2'])
      })

      it('forgets what a replica has that ends, and that one’s alone', async () => {
        await board.report(report('a', { opened: [connection('s1')] }))
        await board.report(report('b', { opened: [connection('s2')] }))
        await board.withdraw('a')
        expect((await board.figures()).replicas.map(({ replica }) => replica)).toEqual(['b'])
        expect((await board.list({ limit: 10 })).map(({ sessionId }) => sessionId)).toEqual(['s2'])
      })
    })

    describe('places', () => {
      let board: PresenceBoard
      beforeEach(async () => {
        board = (await open(AMPLE)).board
        for (const replica of ['a', 'b']) await board.report(report(replica))
      })

      it('are taken until the fleet has as many of a user as it may', async () => {
        expect(await board.takePlace(request('a', 'ada', 1, 3))).toBe('taken')
        expect(await board.takePlace(request('a', 'ada', 2, 3))).toBe('taken')
        expect(await board.takePlace(request('b', 'ada', 1, 3))).toBe('taken')
        expect(await board.takePlace(request('b', 'ada', 2, 3))).toBe('user')
        expect(await board.takePlace(request('a', 'ada', 3, 3))).toBe('user')
        expect(await board.takePlace(request('b', 'bob', 1, 3))).toBe('taken')
      })

      it('are taken until the fleet has as many from an address as it may', async () => {
        const from = (replica: string, userId: string, count: number): PlaceRequest => ({
          replica,
          counts: [
            { of: 'user', id: userId, count: 1, limit: 10 },
            { of: 'address', id: '10.0.0.1', count, limit: 2 },
          ],
        })
        expect(await board.takePlace(from('a', 'ada', 1))).toBe('taken')
        expect(await board.takePlace(from('b', 'bob', 1))).toBe('taken')
        expect(await board.takePlace(from('b', 'cid', 2))).toBe('address')
        // Who was refused has taken nothing, of neither.
        expect(await board.takePlace(request('a', 'cid', 1, 1))).toBe('taken')
      })

      it('are never more than the limit, however many ask at once', async () => {
        const answers = await Promise.all(
          ['a', 'b'].flatMap((replica) =>
            Array.from({ length: 8 }, (_, n) => board.takePlace(request(replica, 'ada', n + 1, 8))),
          ),
        )
        const taken = answers.filter((answer) => answer === 'taken').length
        expect(taken).toBe(8)
      })

      it('become free with a report, and with the replica', async () => {
        await board.takePlace(request('a', 'ada', 2, 2))
        expect(await board.takePlace(request('b', 'ada', 1, 2))).toBe('user')
        await board.report(report('a', { isWhole: false, places: [of('ada', 1)] }))
        expect(await board.takePlace(request('b', 'ada', 1, 2))).toBe('taken')
        expect(await board.takePlace(request('b', 'ada', 2, 2))).toBe('user')
        await board.withdraw('a')
        expect(await board.takePlace(request('b', 'ada', 2, 2))).toBe('taken')
      })
    })

    describe('joins and leaves', () => {
      it('tells of a user’s first connection over all replicas, once', async () => {
        const { board } = await open(AMPLE)
        expect(namesOf(await board.report(arrival('a', 'ada'))).joined).toEqual(['ada'])
        expect(namesOf(await board.report(arrival('b', 'ada'))).joined).toEqual([])
        expect(namesOf(await board.report({ ...arrival('a', 'ada'), isWhole: false })).joined).toEqual([])
        expect((await board.figures()).users).toBe(1)
      })

      it('tells it once also when replicas report it at the same moment', async () => {
        const { board } = await open(AMPLE)
        const news = await Promise.all(['a', 'b', 'c', 'd'].map((one) => board.report(arrival(one, 'ada'))))
        expect(news.flatMap((one) => namesOf(one).joined)).toEqual(['ada'])
      })

      it('tells of who has been away for longer than they may, once', async () => {
        const { board, pass } = await open({ ttlMs: 60_000, graceMs: UNHURRIED_MS })
        await board.report(arrival('a', 'ada'))
        await board.report(report('b'))
        const after = await board.report(departure('a', 'ada'))
        expect(namesOf(after).left).toEqual([])
        expect((await board.figures()).users).toBe(1)
        const left: string[] = []
        await until('ada has left', async () => {
          pass(100)
          const news = await Promise.all(['a', 'b'].map((one) => board.report(beat(one))))
          left.push(...news.flatMap((one) => namesOf(one).left))
          return left.length > 0
        })
        pass(10_000)
        for (const one of ['a', 'b']) left.push(...namesOf(await board.report(beat(one))).left)
        expect(left).toEqual(['ada'])
        expect((await board.figures()).users).toBe(0)
        const again = await board.report({ ...arrival('b', 'ada'), isWhole: false })
        expect(namesOf(again).joined).toEqual(['ada'])
      })

      it('says nothing of who is back in time, here or elsewhere', async () => {
        const { board, pass } = await open({ ttlMs: 60_000, graceMs: UNHURRIED_MS })
        await board.report(arrival('a', 'ada'))
        await board.report(report('b'))
        const news = [
          await board.report(departure('a', 'ada')),
          await board.report({ ...arrival('b', 'ada'), isWhole: false }),
        ]
        await board.report(arrival('c', 'mark'))
        await board.report(departure('c', 'mark'))
        // Whoever was to leave before the marker has left by the time the marker has.
        await until('the marker has left', async () => {
          pass(100)
          news.push(...(await Promise.all(['a', 'b', 'c'].map((one) => board.report(beat(one))))))
          return news.some((one) => namesOf(one).left.includes('mark'))
        })
        expect(news.flatMap((one) => [...namesOf(one).joined, ...namesOf(one).left])).toEqual(['mark'])
      })

      it('keeps a user whose tab closes while another is open elsewhere', async () => {
        const { board } = await open(AMPLE)
        await board.report(arrival('a', 'ada'))
        await board.report(arrival('b', 'ada'))
        await board.report(departure('a', 'ada'))
        await board.withdraw('a')
        expect((await board.figures()).users).toBe(1)
      })

      it('lets a silent replica’s users go, by the word of one of those who speak', async () => {
        const { board, pass } = await open({ ttlMs: UNHURRIED_MS, graceMs: 500 })
        await board.report(arrival('dead', 'ada', 's1'))
        await board.report(arrival('a', 'bob', 's2'))
        await board.report(report('b'))
        const left: string[] = []
        await until('ada has left', async () => {
          pass(50)
          const news = await Promise.all(['a', 'b'].map((one) => board.report(beat(one))))
          left.push(...news.flatMap((one) => namesOf(one).left))
          return left.length > 0
        })
        expect(left).toEqual(['ada'])
        expect(await board.find('s1')).toBeUndefined()
        expect((await board.figures()).replicas.map(({ replica }) => replica)).toEqual(['a', 'b'])
        expect((await board.report(beat('dead'))).isKnown).toBe(false)
      })

      it('does not announce who was announced before the board lost them', async () => {
        const { board } = await open(AMPLE)
        const known = { ...user('ada'), isOld: true }
        const news = await board.report(report('a', { users: [known, user('bob')], places: [of('ada', 1)] }))
        expect(namesOf(news).joined).toEqual(['bob'])
        expect((await board.figures()).users).toBe(2)
      })
    })

    describe('activity', () => {
      it('has joins and leaves, and what else is noted, newest first', async () => {
        const { board, pass } = await open({ ttlMs: 60_000, graceMs: 100 })
        await board.report(arrival('a', 'ada'))
        const closed = {
          kind: 'closed',
          ...bare('ada'),
          timestamp: SINCE,
          sessionId: 's1',
          reason: 'slow consumer',
        } as const
        await board.note(closed)
        await board.report(departure('a', 'ada'))
        await until('ada has left', async () => {
          pass(50)
          return namesOf(await board.report(beat('a'))).left.length > 0
        })
        const timestamp = expect.stringMatching(/^\d{4}-.*\.\d{3}Z$/)
        expect(await board.activity()).toEqual([
          { kind: 'left', ...bare('ada'), timestamp },
          closed,
          { kind: 'joined', ...bare('ada'), timestamp },
        ])
      })

      it('keeps the newest ones only', async () => {
        const { board } = await open(AMPLE)
        for (let n = 0; n < ACTIVITY_LENGTH + 5; n += 1) {
          await board.note({ kind: 'closed', ...bare(`u${n}`), timestamp: SINCE })
        }
        const kept = await board.activity()
        expect(kept).toHaveLength(ACTIVITY_LENGTH)
        expect(kept[0]!.username).toBe(`u${ACTIVITY_LENGTH + 4}`)
      })
    })
  })
}

const SINCE = '2026-01-01T00:00:00.000Z'

function bare(username: string): PresentUser {
  return { userId: `id-${username}`, username, role: 'user' }
}

function user(username: string): PresenceReport['users'][number] {
  return { ...bare(username), isOld: false }
}

function of(username: string, count: number) {
  return { of: 'user', id: `id-${username}`, count } as const
}

function request(replica: string, username: string, count: number, limit: number): PlaceRequest {
  return { replica, counts: [{ ...of(username, count), limit }] }
}

function connection(sessionId: string, more: Partial<Connection> = {}): Connection {
  const username = more.username ?? 'ada'
  return {
    sessionId,
    ...bare(username),
    address: '10.0.0.1',
    replica: 'a',
    since: SINCE,
    transport: 'websocket',
    subscriptions: 0,
    traffic: { framesSent: 1, bytesSent: 2, bytesReceived: 3 },
    ...more,
  }
}

function report(replica: string, more: Partial<PresenceReport> = {}): PresenceReport {
  return {
    replica,
    since: SINCE,
    readingsPerMinute: 0,
    isWhole: true,
    places: [],
    users: [],
    opened: [],
    closed: [],
    ...more,
  }
}

function beat(replica: string): PresenceReport {
  return report(replica, { isWhole: false })
}

function arrival(replica: string, username: string, sessionId = `${replica}-${username}`): PresenceReport {
  return report(replica, {
    places: [of(username, 1)],
    users: [user(username)],
    opened: [connection(sessionId, { replica, username })],
  })
}

function departure(replica: string, username: string, sessionId = `${replica}-${username}`): PresenceReport {
  return report(replica, { isWhole: false, places: [of(username, 0)], closed: [sessionId] })
}

function namesOf({ joined, left }: PresenceNews): { joined: string[]; left: string[] } {
  return { joined: joined.map(({ username }) => username), left: left.map(({ username }) => username) }
}
