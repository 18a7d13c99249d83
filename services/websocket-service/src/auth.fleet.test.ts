import { createRedisRightsBoard } from '@iot/adapter-redis'
import type { FleetChannel, RightsBoard } from '@iot/ports'
import { systemClock } from '@iot/ports'
import { createRightsWatch, silentLogger } from '@iot/runtime'
import { until } from '@iot/testkit'
import { type StartedRedis, startRedis } from '@iot/testkit/containers/start-redis'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type Client, type Harness, startHarness } from './testing/harness.js'
import { type RedisProcesses, redisProcesses } from './testing/redis-processes.js'

const REPLICAS = 3
/** What is promised is 5 s; twice that on a machine that is not alone. */
const OUT_WITHIN_MS = 10_000
const context = { signal: new AbortController().signal, fail: () => {} }

let server: StartedRedis
let processes: RedisProcesses
const replicas: Harness[] = []
const stops: (() => Promise<void>)[] = []
let board: RightsBoard
let channel: FleetChannel

/** What a process of the fleet has of Redis. */
async function openRedis() {
  const { redis, channel } = await processes.openChannel()
  return { board: createRedisRightsBoard({ redis }), channel }
}

beforeAll(async () => {
  server = await startRedis()
  processes = redisProcesses(server)
  for (let place = 0; place < REPLICAS; place++) {
    const own = await openRedis()
    const rights = createRightsWatch({ board: own.board, clock: systemClock, logger: silentLogger() })
    await rights.start(context)
    stops.push(rights.stop)
    replicas.push(await startHarness({ rights, channel: own.channel }))
  }
  ;({ board, channel } = await openRedis())
}, 60_000)
afterAll(async () => {
  for (const replica of replicas) await replica.stop()
  for (const stop of stops) await stop()
  await processes.stop()
  await server.stop()
}, 30_000)

/** Two connections of a user on each replica. */
async function everywhere(user: string): Promise<Client[]> {
  return await Promise.all([...replicas, ...replicas].map((replica) => replica.connect({ user })))
}

const isOut = (clients: readonly Client[]) => clients.every(({ socket }) => !socket.connected)
const reasonsOf = (clients: readonly Client[]) => [
  ...new Set(clients.flatMap((client) => client.bodies('auth:expired')).map(({ reason }) => reason)),
]

describe('on every replica of a fleet', () => {
  it('who was shut out is out at once where the word arrives', async () => {
    const clients = await everywhere('ada')
    const grace = await everywhere('grace')
    await channel.send({
      kind: 'rights',
      rights: { userId: 'id-of-ada', version: 1, role: 'user', effect: 'out' },
    })
    await until('out', () => isOut(clients), { withinMs: OUT_WITHIN_MS })
    expect(reasonsOf(clients)).toEqual(['signed out'])
    for (const client of grace) expect(await client.call('ping')).toMatchObject({ ok: true })
  })

  it('and within 5 s where it is lost, with other rights as well', async () => {
    const out = await everywhere('alan')
    const demoted = await everywhere('edsger')
    await board.post({ userId: 'id-of-alan', version: 1, role: 'user', effect: 'out' })
    await board.post({ userId: 'id-of-edsger', version: 1, role: 'user', effect: 'changed' })
    await until('out', () => isOut([...out, ...demoted]), { withinMs: OUT_WITHIN_MS })
    expect(reasonsOf(out)).toEqual(['signed out'])
    expect(reasonsOf(demoted)).toEqual(['rights changed'])
    for (const replica of replicas) {
      const codes = ['alan', 'edsger'].map(async (user) => {
        const client = await replica.open({ user })
        return ((await client.next('connect_error')) as { data?: { code: string } }).data?.code
      })
      expect(await Promise.all(codes)).toEqual(['UNAUTHENTICATED', 'TOKEN_EXPIRED'])
    }
  })

  it('connections are closed by user, and the reason is heard wherever they come back, and not for ever', async () => {
    const clients = await everywhere('barbara')
    await channel.send({ kind: 'close', userId: 'id-of-barbara', reason: 'a test' })
    await until('closed', () => isOut(clients), { withinMs: OUT_WITHIN_MS })
    const [first, ...others] = replicas as [Harness, ...Harness[]]
    const lastCloseAt = async (replica: Harness) =>
      (await (await replica.connect({ user: 'barbara' })).next('welcome')).lastClose
    await until('told', async () => (await lastCloseAt(first)) === 'closed by an administrator')
    // Each replica closed two of them and said so: whoever was late has to be told by its own next session.
    for (const replica of others) await until('known as told', async () => !(await lastCloseAt(replica)))
  })
})
