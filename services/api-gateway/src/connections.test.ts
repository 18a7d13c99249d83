import type { Connection } from '@iot/contracts'
import { StoreUnavailable } from '@iot/ports'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { type OpenGateway, openGateway } from './testing/open-gateway.js'

let gateway: OpenGateway
let token: string

beforeEach(async () => {
  gateway = await openGateway()
  token = await gateway.tokenOf('admin')
})
afterEach(() => gateway.close())

const PATH = '/api/system/connections'
const ask = (method: string, path: string) => gateway.ask(method, path, { token })

/** What a replica has of users, as it tells the board. */
async function connect(replica: string, usernames: readonly string[]): Promise<Connection[]> {
  const since = new Date(gateway.clock.nowMs()).toISOString()
  const opened = usernames.map(
    (username, n): Connection => ({
      sessionId: `${replica}-${n}`,
      userId: `id-${username}`,
      username,
      role: 'user',
      address: '10.0.0.1',
      replica,
      since,
      transport: 'websocket',
      subscriptions: 2,
      traffic: { framesSent: 3, bytesSent: 400, bytesReceived: 50 },
    }),
  )
  await gateway.presence.report({
    replica,
    since,
    readingsPerMinute: 5,
    isWhole: true,
    places: opened.map(({ userId }) => ({ of: 'user', id: userId, count: 1 })),
    users: opened.map(({ userId, username, role }) => ({ userId, username, role, isOld: false })),
    opened,
    closed: [],
  })
  return opened
}

describe('the list of connections', () => {
  it('has those of all replicas, page after page, and what they come to', async () => {
    await connect('one', ['ada', 'bob', 'cid'])
    gateway.clock.advance(1_000)
    const [dan] = await connect('two', ['dan'])
    const first = await ask('GET', `${PATH}?limit=3`)
    expect(first.status).toBe(200)
    expect(first.body.items[0]).toEqual(dan)
    expect(first.body.summary).toMatchObject({
      connections: 4,
      users: 4,
      replicas: [
        { replica: 'one', connections: 3, readingsPerMinute: 5 },
        { replica: 'two', connections: 1 },
      ],
    })
    const second = await ask('GET', `${PATH}?limit=3&cursor=${first.body.nextCursor}`)
    expect(second.body.nextCursor).toBeUndefined()
    const names = [...first.body.items, ...second.body.items].map((one: Connection) => one.username)
    expect(names).toEqual(['dan', 'cid', 'bob', 'ada'])
  })

  it('can be asked for a user, and for a replica', async () => {
    await connect('one', ['ada', 'bob'])
    await connect('two', ['ada'])
    expect((await ask('GET', `${PATH}?user=ada`)).body.items).toHaveLength(2)
    const narrow = await ask('GET', `${PATH}?user=ada&replica=two`)
    expect(narrow.body.items.map((one: Connection) => one.sessionId)).toEqual(['two-0'])
  })

  it('says what is wrong with a cursor or a field', async () => {
    expect((await ask('GET', `${PATH}?cursor=abc`)).body.code).toBe('BAD_CURSOR')
    expect((await ask('GET', `${PATH}?who=ada`)).body.errors[0].field).toContain('who')
    expect((await ask('DELETE', PATH)).body.code).toBe('VALIDATION_FAILED')
  })

  it('is unavailable, and nothing else is, while the board is away', async () => {
    const away = async () => {
      throw new StoreUnavailable('away')
    }
    const other = await openGateway({
      deps: { presence: { ...gateway.presence, list: away, figures: away, find: away, activity: away } },
    })
    try {
      const given = { token: await other.tokenOf('admin') }
      for (const path of [PATH, '/api/system/activity']) {
        expect((await other.ask('GET', path, given)).status).toBe(503)
      }
      expect((await other.ask('DELETE', `${PATH}/one`, given)).status).toBe(503)
      expect((await other.ask('GET', '/api/devices', given)).status).toBe(200)
    } finally {
      await other.close()
    }
  })
})

describe('closing connections', () => {
  it('asks every replica to close one, and notes who did it', async () => {
    await connect('one', ['ada'])
    const words: unknown[] = []
    gateway.channel.listen((word) => words.push(word))
    expect((await ask('DELETE', `${PATH}/one-0`)).status).toBe(204)
    expect(words).toEqual([{ kind: 'close', sessionId: 'one-0', reason: 'closed by an administrator' }])
    const { body } = await ask('GET', '/api/system/activity')
    expect(body.items[0]).toMatchObject({ kind: 'closed', username: 'ada', sessionId: 'one-0', by: 'admin' })
    expect(body.items[1]).toMatchObject({ kind: 'joined', username: 'ada' })
  })

  it('closes all of a user, and notes it once', async () => {
    const user = await gateway.addUser('ada', 'user')
    await connect('one', ['ada'])
    await connect('two', ['ada'])
    const words: unknown[] = []
    gateway.channel.listen((word) => words.push(word))
    expect((await ask('DELETE', `${PATH}?user=ada`)).status).toBe(204)
    expect(words).toEqual([{ kind: 'close', userId: user.id, reason: 'closed by an administrator' }])
    const closed = (await gateway.presence.activity()).filter(({ kind }) => kind === 'closed')
    expect(closed).toHaveLength(1)
    expect(closed[0]).not.toHaveProperty('sessionId')
  })

  it('says when there is nothing to close', async () => {
    expect((await ask('DELETE', `${PATH}/gone`)).body.code).toBe('NOT_FOUND')
    expect((await ask('DELETE', `${PATH}?user=nobody`)).body.code).toBe('NOT_FOUND')
    await gateway.addUser('ada', 'user')
    expect((await ask('DELETE', `${PATH}?user=ada`)).status).toBe(204)
    expect(await gateway.presence.activity()).toEqual([])
  })
})
