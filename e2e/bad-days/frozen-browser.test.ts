import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
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
import type { BrowserReport } from './browser.js'

const RATE = 1_000
/**
 * In a minute the backlog of a frozen browser fills the kernel’s buffers and passes its bound (it lags), and then
 * the server stops waiting for its pong (45 s). With 16 to 20 s of patience, and long readings under three names, both
 * happen soon, in the same order, also where the machine publishes a fifth of what it should.
 */
const FROZEN_MS = 10_000
const PATIENCE_MS = 16_000
const LOCATION = 'a long way down the hall, '.repeat(9)
const PATIENCE = {
  SOCKET_IO_PING_INTERVAL: '4000',
  SOCKET_IO_PING_TIMEOUT: String(PATIENCE_MS),
  SOCKET_BACKLOG_BYTES: '65536',
}

let system: System
let api: Api
let publisher: Publisher
let browser: ChildProcess
const others: { socket: Socket; values: number[] }[] = []

beforeAll(async () => {
  system = await prepareSystem({ ...PATIENCE, LOG_LEVEL: 'warn' })
  system.launch()
  await system.ready()
  api = await setUp(system)
  publisher = await startPublisher(system, {
    prefix: 'd',
    devices: 20,
    rate: RATE,
    maxOpen: 2_000,
    location: LOCATION,
  })
  for (let at = 0; at < 3; at++) others.push(await watch())
  const who = JSON.stringify({ url: system.url, token: api.token, devices: publisher.deviceIds })
  browser = fork(fileURLToPath(new URL('./browser.ts', import.meta.url)), [who], {
    execArgv: ['--import', 'tsx'],
    env: { PATH: process.env.PATH, HOME: process.env.HOME },
  })
})
afterAll(async () => {
  publisher?.kill()
  browser?.kill('SIGKILL')
  for (const { socket } of others) socket.disconnect()
  await system.dispose()
})

async function watch() {
  const socket = await openSocket(system, api.token)
  const values: number[] = []
  socket.on('sensor:all', ({ value }: Reading) => values.push(value))
  await ask(socket, 'subscribe-all-devices', { names: ['sensor:all'] })
  return { socket, values }
}

async function report(): Promise<BrowserReport> {
  const answer = once(browser, 'message')
  browser.send('report')
  return ((await answer) as [BrowserReport])[0]
}

const newestOf = (shown: BrowserReport['shown']) => Math.max(...Object.values(shown))

describe('a browser that is frozen', () => {
  it('costs nobody else a reading and the server little memory, and is right again when it wakes', async () => {
    await until('it sees what comes', async () => (await report()).seen > RATE, { withinMs: 60_000 })
    expect((await report()).closes).toBe(0)
    const memoryBefore = await residentMiB(system)
    browser.kill('SIGSTOP')
    const frozenMs = performance.now()
    const isLagging = async () => (await metricOf(system, 'iot_socket_lagging_clients')) === 1
    await until('it is seen to lag', isLagging, { withinMs: PATIENCE_MS, everyMs: 100 })
    const lagMs = Math.round(performance.now() - frozenMs)
    await sleep(Math.max(0, FROZEN_MS - lagMs))
    const isGone = async () => (await metricOf(system, 'iot_socket_connections')) === others.length
    await until('its connection is let go', isGone, { everyMs: 100 })
    const grown = (await residentMiB(system)) - memoryBefore
    browser.kill('SIGCONT')
    const wokenMs = performance.now()
    const atWaking = others[0]!.values.at(-1)!
    const woken = await until(
      'it is back and shows what is new',
      async () => {
        const now = await report()
        return now.connected && newestOf(now.shown) > atWaking && now
      },
      { withinMs: 30_000 },
    )
    const backMs = Math.round(performance.now() - wokenMs)
    expect(woken.closes).toBe(1)

    const ledger = await publisher.finish()
    const values = ledger.map((line) => Number(line.split(' ')[3]))
    const newest: Record<string, number> = {}
    for (const line of ledger) {
      const [deviceId, , , value] = line.split(' ') as [string, string, string, string]
      newest[deviceId] = Math.max(newest[deviceId] ?? 0, Number(value))
    }
    await until('each device shows its last', async () => {
      const { shown } = await report()
      return Object.entries(newest).every(([deviceId, value]) => shown[deviceId] === value)
    })
    for (const other of others) {
      // Order holds within a device: a second after the first, every device was on its way.
      const isLater = (value: number) => value >= other.values[0]! + RATE
      const inOrder = (some: number[]) => some.filter(isLater).sort((a, b) => a - b)
      const wanted = values.filter(isLater).length
      await until('they have seen the last too', () => other.values.filter(isLater).length >= wanted, {
        everyMs: 100,
      })
      expect(inOrder(other.values)).toEqual(inOrder(values))
    }
    expect(grown).toBeLessThan(120)
    say(
      `a browser frozen for ${FROZEN_MS / 1_000} s at ${RATE} readings/s: lagging after ${lagMs} ms, ${grown} MiB grown, right again after ${backMs} ms; ` +
        `others had each of ${others[0]!.values.length} readings once`,
    )
  })
})
