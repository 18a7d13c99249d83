import type { Socket as TcpSocket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Reading } from '@iot/contracts'
import { until } from '@iot/testkit'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { Socket } from 'socket.io-client'
import { type Api, setUp } from '../harness/api.js'
import { metricOf, residentMiB } from '../harness/metrics.js'
import { say } from '../harness/say.js'
import { ask, openSocket } from '../harness/sockets.js'
import { prepareSystem, type System } from '../harness/system.js'
import { type Publisher, startPublisher } from '../ledger/start-publisher.js'

const RATE = 1_000
/**
 * A minute is longer than what the server waits for a pong (45 s by default). With 4 s of patience ten seconds
 * are: the same bounds are met in the same order, first the backlog's, then the heartbeat's.
 */
const FROZEN_MS = 10_000
const PATIENCE = { SOCKET_IO_PING_INTERVAL: '3000', SOCKET_IO_PING_TIMEOUT: '2000' }

let system: System
let api: Api
let publisher: Publisher
const sockets: Socket[] = []

beforeAll(async () => {
  system = await prepareSystem({ ...PATIENCE, SOCKET_BACKLOG_BYTES: '65536', LOG_LEVEL: 'info' })
  system.launch()
  await system.ready()
  api = await setUp(system)
  publisher = await startPublisher(system, { prefix: 'd', devices: 20, rate: RATE, maxOpen: 2_000 })
  await until('readings flow', async () => (await publisher.report()).acknowledged >= RATE, {
    withinMs: 30_000,
  })
})
afterAll(async () => {
  publisher?.kill()
  for (const socket of sockets) socket.disconnect()
  await system.dispose()
})

interface Watcher {
  readonly socket: Socket
  readonly seen: Reading[]
  /** what it would show: the newest of each sensor */
  readonly shown: Map<string, number>
}

/** A browser that watches everything; coming back, it asks anew, as a page does. */
async function watch(): Promise<Watcher> {
  const socket = await openSocket(system, api.token)
  sockets.push(socket)
  const [seen, shown] = [[] as Reading[], new Map<string, number>()]
  const show = ({ deviceId, value }: Reading) => shown.set(deviceId, value)
  socket.on('sensor:all', (reading: Reading) => {
    seen.push(reading)
    show(reading)
  })
  async function subscribe(): Promise<void> {
    const { latest } = await ask<{ latest: Reading[] }>(socket, 'subscribe-all-devices', {
      names: ['sensor:all'],
    })
    latest.forEach(show)
  }
  socket.io.on('reconnect', () => void subscribe())
  await subscribe()
  return { socket, seen, shown }
}

/** The TCP connection under a stock client. */
function tcpOf(socket: Socket): TcpSocket {
  const { transport } = socket.io.engine as unknown as { transport: { ws: { _socket: TcpSocket } } }
  return transport.ws._socket
}

const valuesOf = ({ seen }: Watcher, from: number) =>
  seen.map(({ value }) => value).filter((value) => value >= from)

describe('a browser that does not read', () => {
  it('costs nobody else a reading and the server little memory, and is right again when it wakes', async () => {
    const [frozen, others] = [await watch(), await Promise.all([watch(), watch(), watch()])]
    await until('all see', () => [frozen, ...others].every(({ seen }) => seen.length > RATE))
    const from = Math.max(...others.flatMap(({ seen }) => seen.map(({ value }) => value))) + 1
    const before = {
      memory: await residentMiB(system),
      slow: await metricOf(system, 'iot_socket_slow_clients_total'),
    }

    let closes = 0
    frozen.socket.on('disconnect', () => (closes += 1))
    const tcp = tcpOf(frozen.socket)
    tcp.pause()
    const lagging = until(
      'it is seen to lag',
      async () =>
        (await metricOf(system, 'iot_socket_lagging_clients')) > 0 ||
        (await metricOf(system, 'iot_socket_slow_clients_total')) > before.slow ||
        (await metricOf(system, 'iot_socket_connections')) < 4,
      { everyMs: 100, withinMs: FROZEN_MS },
    )
    await sleep(FROZEN_MS)
    await lagging
    const grown = (await residentMiB(system)) - before.memory
    const wokenMs = performance.now()
    tcp.resume()
    await until(
      'it is back, and sees what the others see',
      () => {
        const newest = Math.min(...others.map(({ shown }) => Math.max(...shown.values())))
        return frozen.socket.connected && Math.max(...frozen.shown.values()) >= newest - RATE && closes > 0
      },
      { withinMs: 30_000 },
    )
    const backMs = Math.round(performance.now() - wokenMs)

    const ledger = await publisher.finish()
    const last = Math.max(...ledger.map((line) => Number(line.split(' ')[3])))
    await until(
      'all show the end',
      () => [frozen, ...others].every(({ shown }) => Math.max(...shown.values()) === last),
      { withinMs: 30_000 },
    )
    for (const other of others) {
      const values = valuesOf(other, from)
      expect(values.length).toBe(last - from + 1)
      expect(new Set(values).size).toBe(values.length)
    }
    expect(frozen.shown).toEqual(others[0]!.shown)
    expect(grown).toBeLessThan(120)
    say(
      `a browser frozen for ${FROZEN_MS / 1_000} s at ${RATE} readings/s: ${grown} MiB grown, right again after ${backMs} ms; ` +
        `three others had each of ${last - from + 1} readings once`,
    )
  })
})
