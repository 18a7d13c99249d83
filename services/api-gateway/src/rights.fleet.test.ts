import { execFileSync } from 'node:child_process'
import type { FleetChannel } from '@iot/ports'
import { createMetrics, createRightsWatch, type RightsWatch, readConfig, silentLogger } from '@iot/runtime'
import { until } from '@iot/testkit'
import { freePort } from '@iot/testkit/containers/free-port'
import { type StartedRedis, startRedis } from '@iot/testkit/containers/start-redis'
import { openPorts, portsVariables } from '@iot/wiring'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type OpenGateway, openGateway } from './testing/open-gateway.js'

/** What is promised, and what a machine that is busy with tests may take on top. */
const IN_FORCE_MS = 5_000
const GRACE_MS = 5_000

const context = { signal: new AbortController().signal, fail: () => {} }
const clock = { nowMs: () => Date.now() }
const logger = silentLogger()
/** Every word on it is lost. */
const deadChannel: FleetChannel = { send: async () => {}, listen: () => () => {} }

let redis: StartedRedis
let gateway: OpenGateway
let admin: string
/** of another process, which hears nothing but the board */
let elsewhere: RightsWatch
const stops: (() => Promise<void>)[] = []

async function openBoard() {
  const { config } = readConfig(portsVariables, { REDIS_HOST: redis.host, REDIS_PORT: String(redis.port()) })
  const ports = await openPorts({ config, clock, logger, metrics: createMetrics() }, ['rights'])
  for (const component of ports.components) {
    await component.start(context)
    stops.push(() => component.stop())
  }
  return ports.rights
}

async function startWatch(): Promise<RightsWatch> {
  const watch = createRightsWatch({ board: await openBoard(), clock, logger })
  await watch.start(context)
  stops.push(() => watch.stop())
  return watch
}

beforeAll(async () => {
  redis = await startRedis({ hostPort: await freePort() })
  const board = await openBoard()
  const rights = createRightsWatch({ board, clock, logger })
  gateway = await openGateway({ deps: { board, rights, channel: deadChannel } })
  admin = await gateway.tokenOf('admin')
  elsewhere = await startWatch()
}, 60_000)
afterAll(async () => {
  await gateway.close()
  for (const stop of stops.reverse()) await stop()
  await redis.stop()
}, 30_000)

async function makeUser(username: string) {
  const { id, version } = await gateway.addUser(username, 'user')
  return { userId: id, userVersion: version }
}
const change = (userId: string, body: object) =>
  gateway.ask('PATCH', `/api/users/${userId}`, { token: admin, body })
const known = (what: string, watch: RightsWatch, standing: string, of: Parameters<RightsWatch['check']>[0]) =>
  until(what, () => watch.check(of) === standing, { withinMs: IN_FORCE_MS + GRACE_MS })

describe('a change of rights whose word is lost', () => {
  it('is known to another process all the same', async () => {
    const [ann, ben] = [await makeUser('ann'), await makeUser('ben')]
    expect((await change(ann.userId, { disabled: true })).status).toBe(200)
    expect((await change(ben.userId, { role: 'operator', sites: ['Hue'] })).status).toBe(200)
    await known('ann is out', elsewhere, 'out', ann)
    await known('ben has other rights', elsewhere, 'changed', ben)
    expect(elsewhere.now(ben.userId)).toMatchObject({ role: 'operator', sites: ['Hue'], version: 2 })
  })

  it('is taken while Redis is frozen, counts here at once, and elsewhere when Redis goes on', async () => {
    const carl = await makeUser('carl')
    const token = await gateway.tokenOf('user', 'carl')
    expect((await gateway.ask('GET', '/api/devices', { token })).status).toBe(200)
    execFileSync('docker', ['pause', redis.id])
    try {
      expect((await change(carl.userId, { disabled: true })).status).toBe(200)
      expect((await gateway.ask('GET', '/api/devices', { token })).body.code).toBe('UNAUTHENTICATED')
      expect(elsewhere.check(carl)).toBe('current')
    } finally {
      execFileSync('docker', ['unpause', redis.id])
    }
    await known('carl is out', elsewhere, 'out', carl)
  })

  it('is known to who starts after Redis has come back empty', async () => {
    const dora = await makeUser('dora')
    await change(dora.userId, { disabled: true })
    await known('dora is out', elsewhere, 'out', dora)
    execFileSync('docker', ['restart', '--time', '0', redis.id])
    const late = await startWatch()
    await known('dora is out', late, 'out', dora)
    expect(elsewhere.check(dora)).toBe('out')
  })
})
