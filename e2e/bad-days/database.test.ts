import { setTimeout as sleep } from 'node:timers/promises'
import { until } from '@iot/testkit'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import type { Client } from 'pg'
import type { Socket } from 'socket.io-client'
import { type Api, setUp } from '../harness/api.js'
import { openDatabase, serverPid, signalIfThere, signalServer } from '../harness/database.js'
import { connectDevice, endDevices } from '../harness/devices.js'
import { residentMiB } from '../harness/metrics.js'
import { say } from '../harness/say.js'
import { ask, openSocket } from '../harness/sockets.js'
import { prepareSystem, type System } from '../harness/system.js'
import { expectStored } from '../ledger/expect-stored.js'
import { type Publisher, startPublisher } from '../ledger/start-publisher.js'

const FROZEN_MS = 20_000
const RATE = 500
/** A handful that says that readings flow. */
const SOME = 200
/** Readings sent and not acknowledged at which a device waits. */
const MAX_OPEN = 400
const LOG_MAX_BYTES = 16 * 1_048_576
/** Kept whole, because it can’t be read. */
const UNREADABLE = Buffer.alloc(400_000, 'no JSON ')

let system: System
let api: Api
let browser: Socket
let publisher: Publisher | undefined
let disconnects = 0
let readings = 0

beforeAll(async () => {
  system = await prepareSystem({
    USER_RATE_LIMIT_PER_MINUTE: '100000',
    LOG_LEVEL: 'warn',
    LOG_MAX_BYTES: String(LOG_MAX_BYTES),
  })
  system.launch()
  await system.ready()
  api = await setUp(system)
  browser = await openSocket(system, api.token)
  browser.on('disconnect', () => (disconnects += 1))
  browser.on('sensor:batch', (batch: { readings: unknown[] }) => (readings += batch.readings.length))
  await ask(browser, 'subscribe-all-devices', { batch: true })
})
afterEach(() => publisher?.kill())
afterAll(async () => {
  signalServer(system, 'SIGCONT')
  endDevices()
  browser?.disconnect()
  await system.dispose()
})

const acknowledged = async () => (await publisher!.report()).acknowledged
const open = async () => (await publisher!.report()).open

async function publishSteadily(prefix: string): Promise<void> {
  publisher = await startPublisher(system, { prefix, devices: 10, rate: RATE, maxOpen: MAX_OPEN })
  await until('readings flow', async () => (await acknowledged()) >= SOME, { withinMs: 60_000 })
}

/** Devices wait, and the acknowledgements that were on their way have come; answers to how many there are. */
async function untilDevicesWait(): Promise<number> {
  await until('devices wait', async () => (await open()) >= MAX_OPEN, { withinMs: 60_000 })
  let [count, sinceMs] = [-1, 0]
  await until('the last acknowledgement has come', async () => {
    const now = await acknowledged()
    if (now !== count) [count, sinceMs] = [now, performance.now()]
    return performance.now() - sinceMs > 500
  })
  return count
}

/** Readings are acknowledged and shown again. */
async function untilLiveAgain(): Promise<void> {
  const [before, shown] = [await acknowledged(), readings]
  await until(
    'readings flow to devices and browsers again',
    async () => (await acknowledged()) >= before + SOME && readings >= shown + SOME,
    { withinMs: 90_000 },
  )
}

describe('the database', () => {
  it(`frozen for ${FROZEN_MS / 1_000} s: devices wait, memory is bounded, nothing is lost`, async () => {
    await publishSteadily('frozen')
    const memoryBefore = await residentMiB(system)
    const frozen = signalServer(system, 'SIGSTOP')
    const beganMs = performance.now()
    try {
      const atStop = await untilDevicesWait()
      const flood = await floodFrom(8, 128)
      await sleep(Math.max(0, FROZEN_MS - (performance.now() - beganMs)))
      const grown = (await residentMiB(system)) - memoryBefore
      flood.end()
      expect(await acknowledged()).toBe(atStop)
      // 32 MiB are taken and not answered; a dead letter lies in memory as bytes, as text and as a record.
      expect(grown).toBeLessThan(256)
      expect((await fetch(`${system.url}/livez`)).status).toBe(200)
      say(
        `the database frozen for ${FROZEN_MS / 1_000} s: ${grown} MiB grown with ${flood.offeredMiB} MiB offered`,
      )
    } finally {
      for (const pid of frozen) signalIfThere(pid, 'SIGCONT')
    }
    const thawedMs = performance.now()
    await untilLiveAgain()
    expect(disconnects).toBe(0)
    const count = await expectStored(api, publisher!)
    say(`live again ${Math.round(thawedMs - beganMs)} ms after; ${count} readings, each stored once`)
  })

  it('killed: it is started again, browsers stay, nothing is lost', async () => {
    await publishSteadily('killed')
    const before = serverPid(system)
    signalServer(system, 'SIGKILL')
    const beganMs = performance.now()
    await until('there is another one', () => ![undefined, before].includes(serverPid(system)), {
      withinMs: 30_000,
    })
    await untilLiveAgain()
    const tookMs = Math.round(performance.now() - beganMs)
    expect(disconnects).toBe(0)
    const count = await expectStored(api, publisher!)
    say(`live again ${tookMs} ms after the kill; ${count} readings, each stored once`)
  })
})

/** Clients that send large messages as fast as they may, and don’t wait for answers. */
async function floodFrom(clients: number, messages: number) {
  const devices = await Promise.all(
    Array.from({ length: clients }, () => connectDevice(system, { reconnectPeriod: 0 })),
  )
  for (const device of devices) {
    for (let at = 0; at < messages; at++) device.publish('sensor/data', UNREADABLE, { qos: 0 })
  }
  return {
    offeredMiB: Math.round((clients * messages * UNREADABLE.length) / 1_048_576),
    end() {
      for (const device of devices) device.end(true)
    },
  }
}

describe('the disk', () => {
  let database: Client
  beforeAll(async () => {
    database = await openDatabase(system)
  })
  afterAll(() => database?.end())

  const health = async () =>
    (await (await fetch(`${system.url}/health`)).json()) as {
      status: string
      components: Record<string, { status: string; detail?: string }>
    }

  it('full: devices wait, log and /health say so, and all goes on when there is room', async () => {
    await publishSteadily('full')
    await database.query(`CREATE FUNCTION no_space() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$`)
    await database.query(
      'CREATE TRIGGER no_space BEFORE INSERT ON log_batch FOR EACH STATEMENT EXECUTE FUNCTION no_space()',
    )
    const atStop = await untilDevicesWait()
    await until('the log says why', () => system.output().includes('the disk of the database is full'))
    expect((await health()).components['event-log']).toEqual({
      status: 'degraded',
      detail: expect.stringContaining('disk'),
    })
    expect(await acknowledged()).toBe(atStop)
    await database.query('DROP TRIGGER no_space ON log_batch')
    await untilLiveAgain()
    expect((await health()).components['event-log']!.status).toBe('healthy')
    say(`a full disk: ${await expectStored(api, publisher!)} readings, each stored once`)
  })

  it('as full as LOG_MAX_BYTES allows: devices wait until what holds the log goes on', async () => {
    await publishSteadily('bound')
    const sender = await connectDevice(system)
    await database.query('BEGIN')
    await database.query('LOCK TABLE dead_letters IN ACCESS EXCLUSIVE MODE')
    // A group that is stuck holds what it has not had in the log.
    let refused = 0
    for (let at = 0; at < 60; at++) {
      void sender.publishAsync('sensor/data', UNREADABLE, { qos: 1 }).then(
        () => (refused += 1),
        () => {},
      )
    }
    const isAtBound = () => system.output().includes('the log is at its disk bound')
    await until('the log says why', isAtBound, { withinMs: 60_000 })
    await untilDevicesWait()
    await until('/health says why', async () => {
      const { status, detail } = (await health()).components['event-log']!
      return status === 'degraded' && detail?.includes('LOG_MAX_BYTES')
    })
    expect(refused * UNREADABLE.length).toBeLessThan(LOG_MAX_BYTES)
    await database.query('ROLLBACK')
    await untilLiveAgain()
    await until('the rest is taken', () => refused === 60, { withinMs: 60_000 })
    // What comes next waits for room now and then, until the archive has caught up.
    await until('/health says that it is over', async () => {
      return (await health()).components['event-log']!.status === 'healthy'
    })
    say(`the log at its bound: ${await expectStored(api, publisher!)} readings, each stored once`)
  })
})
