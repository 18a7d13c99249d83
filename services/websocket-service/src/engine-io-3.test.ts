import { inspect } from 'node:util'
import type { Logger } from '@iot/runtime'
import { until } from '@iot/testkit'
import { afterEach, describe, expect, it } from '@jest/globals'
import connect, { type OldSocket } from 'socket.io-client-2'
import { type Body, type Harness, startHarness } from './testing/harness.js'

let harness: Harness
const sockets: OldSocket[] = []
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.close()
  await harness.stop()
})

function open(query: Record<string, string>, more: Record<string, unknown> = {}): OldSocket {
  const socket = connect(harness.url, { forceNew: true, reconnection: false, query, ...more })
  sockets.push(socket)
  return socket
}

function next<Event>(socket: OldSocket, event: string): Promise<Event> {
  return new Promise((resolve) => socket.once(event, (body: Event) => resolve(body)))
}

function call(socket: OldSocket, event: string, ...args: unknown[]): Promise<Body> {
  return new Promise((resolve) => socket.emit(event, ...args, resolve))
}

/** Keeps whatever is given to it, of any level. */
function listeningLogger(lines: string[]): Logger {
  const log = (...args: unknown[]) => void lines.push(inspect(args, { depth: 8 }))
  const logger: Logger = {
    fatal: log,
    error: log,
    warn: log,
    info: log,
    debug: log,
    trace: log,
    child: () => logger,
  }
  return logger
}

describe('a client of Socket.IO 2', () => {
  it.each([
    ['by polling, then by WebSocket', ['polling', 'websocket']],
    ['by WebSocket', ['websocket']],
    ['by polling alone', ['polling']],
  ])('%s gets what others get, with its token in the query', async (_, transports) => {
    harness = await startHarness({ config: { SOCKET_IO_ALLOW_EIO3: true } })
    const socket = open({ token: await harness.tokenOf('grace') }, { transports })
    const readings: unknown[] = []
    const batches: Body[] = []
    socket.on('sensor:reading', (reading: Body) => readings.push(reading))
    socket.on('sensor:batch', (batch: Body) => batches.push(batch))
    expect(await next(socket, 'welcome')).toMatchObject({ user: { username: 'grace' } })
    await until('the transport', () => socket.io.engine.transport.name === transports.at(-1))
    expect(await call(socket, 'subscribe:device', 'd1')).toMatchObject({ ok: true })
    expect(await call(socket, 'subscribe-all-devices', { batch: true })).toMatchObject({ ok: true })
    const sent = await harness.publisher.readings(
      { deviceId: 'd1', value: 1 },
      { deviceId: 'd1', value: 2, sensorType: 'température' },
    )
    await until('the readings', () => readings.length === 2 && batches.length > 0)
    expect(readings).toEqual(sent)
    expect(batches.flatMap((batch) => batch.readings)).toEqual(sent)
    const alerts: Body[] = []
    for (const event of ['alert', 'alert:device', 'alert:system']) {
      socket.on(event, (body: Body) => alerts.push({ event, ...body }))
    }
    expect(await call(socket, 'subscribe-alerts')).toMatchObject({ ok: true, alerts: [] })
    await harness.publisher.alerts({ alertId: 'a', deviceId: 'd1' }, { alertId: 's', type: 'system' })
    await until('the alerts', () => alerts.length === 3)
    expect(alerts.map(({ event, alertId }) => `${event} ${alertId}`).sort()).toEqual([
      'alert a',
      'alert:device a',
      'alert:system s',
    ])
    // Its own `ping` and `pong` never leave it.
    expect(await call(socket, 'request:latest', 'd1')).toMatchObject({ ok: true, latest: sent })
  })

  it('is told by code why it may not come in', async () => {
    harness = await startHarness({ config: { SOCKET_IO_ALLOW_EIO3: true } })
    expect(await next(open({}), 'error')).toEqual({ code: 'UNAUTHENTICATED' })
    const expired = await harness.tokenOf('ada', 'user', Date.now() - 3_600_000)
    expect(await next(open({ token: expired }), 'error')).toEqual({ code: 'TOKEN_EXPIRED' })
    await until('nobody', () => harness.service.figures().connections === 0)
  })

  it('is not taken unless it is allowed', async () => {
    harness = await startHarness()
    const socket = open({ token: await harness.tokenOf() }, { transports: ['websocket'] })
    await next(socket, 'connect_error')
  })

  it('leaves no token in a log, however much is logged', async () => {
    const lines: string[] = []
    const logger = listeningLogger(lines)
    harness = await startHarness({ config: { SOCKET_IO_ALLOW_EIO3: true }, logger })
    const tokens = [await harness.tokenOf(), 'a.bad.token']
    await next(open({ token: tokens[0]! }), 'welcome')
    await next(open({ token: tokens[1]! }), 'error')
    await harness.service.stop()
    expect(lines.length).toBeGreaterThan(0)
    for (const token of tokens) expect(lines.join('')).not.toContain(token)
  })
})

describe('a client of today', () => {
  it('is not heard when its token is in the query', async () => {
    harness = await startHarness({ config: { SOCKET_IO_ALLOW_EIO3: true } })
    const client = await harness.open({ auth: {}, query: { token: await harness.tokenOf() } })
    expect(await client.next('connect_error')).toMatchObject({ data: { code: 'UNAUTHENTICATED' } })
  })
})
