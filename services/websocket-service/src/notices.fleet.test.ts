import { execFileSync } from 'node:child_process'
import { createMemoryNotificationStore } from '@iot/adapter-memory'
import type { NotificationStore } from '@iot/ports'
import { systemClock } from '@iot/ports'
import { until } from '@iot/testkit'
import { freePort } from '@iot/testkit/containers/free-port'
import { type StartedRedis, startRedis } from '@iot/testkit/containers/start-redis'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type Client, type Harness, startHarness } from './testing/harness.js'
import { type RedisProcesses, redisProcesses } from './testing/redis-processes.js'

const REPLICAS = 3
const CLIENTS = 12
const NOTICES = 40
const docker = (...args: string[]) => execFileSync('docker', args, { stdio: 'ignore' })

let server: StartedRedis
let processes: RedisProcesses
let notifications: NotificationStore
const replicas: Harness[] = []

beforeAll(async () => {
  // A fixed port: after `docker restart` the engine would give out another.
  server = await startRedis({ hostPort: await freePort() })
  processes = redisProcesses(server)
  notifications = createMemoryNotificationStore({
    clock: systemClock,
    users: { findById: async () => undefined, findByUsername: async () => undefined },
  })
  for (let place = 0; place < REPLICAS; place++) {
    const { channel } = await processes.openChannel()
    replicas.push(await startHarness({ channel, notifications }))
  }
}, 60_000)
afterAll(async () => {
  for (const replica of replicas) await replica.stop()
  await processes.stop()
  await server.stop()
}, 30_000)

const messagesOf = (client: Client) => client.bodies('notification').map(({ message }) => message)

describe('notices on the replicas of a fleet', () => {
  it('reach each session of each replica once, and those of one administrator in order', async () => {
    const clients: Client[] = []
    for (let index = 0; index < CLIENTS; index++) {
      clients.push(await replicas[index % REPLICAS]!.connect({ user: `user-${index % 5}` }))
    }
    const root = await replicas[0]!.connect({ user: 'root', role: 'admin' })
    const sent = Array.from({ length: NOTICES }, (_, index) => `notice ${index}`)
    for (const message of sent) {
      const answer = await root.call('send:notification', { type: 'info', message })
      expect(answer).toMatchObject({ ok: true })
    }
    await root.call('send:notification', { type: 'info', message: 'the last' })
    await until('all have the last', () => clients.every((one) => messagesOf(one).includes('the last')))
    for (const client of clients) expect(messagesOf(client)).toEqual([...sent, 'the last'])
  })

  it('come again after Redis has been away', async () => {
    const root = await replicas[0]!.connect({ user: 'root', role: 'admin' })
    const ada = await replicas[2]!.connect({ user: 'ada' })
    docker('restart', '--time', '1', server.id)
    let count = 0
    await until(
      'a notice arrives',
      async () => {
        count += 1
        const answer = await root.call('send:notification', { type: 'info', message: `try ${count}` })
        expect(answer).toMatchObject({ ok: true })
        return messagesOf(ada).length > 0
      },
      { everyMs: 100 },
    )
    expect(new Set(messagesOf(ada)).size).toBe(messagesOf(ada).length)
  })
})
