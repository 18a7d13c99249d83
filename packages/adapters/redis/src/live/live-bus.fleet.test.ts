import { execFileSync } from 'node:child_process'
import type { DeviceStateChange, LiveBatch, LiveEntry, LiveHeads } from '@iot/ports'
import { silentLogger } from '@iot/runtime'
import { until } from '@iot/testkit'
import { freePort } from '@iot/testkit/containers/free-port'
import { type StartedRedis, startRedis } from '@iot/testkit/containers/start-redis'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { RedisConnection } from '../redis-connection.js'
import { createRedisBus, type RedisBus, type RedisBusDeps } from './live-bus.js'

const EPOCH = 'log-1'

let server: StartedRedis
let redis: RedisConnection
let buses: RedisBus[] = []
let failures: unknown[] = []

const context = () => ({
  signal: new AbortController().signal,
  fail: (error: unknown) => void failures.push(error),
})
const settings = () => ({ host: server.host, port: server.port(), logger: silentLogger() })

/** A publisher unless `epoch` is undefined. */
async function openBus(deps: Partial<RedisBusDeps> = { epoch: () => EPOCH }): Promise<RedisBus> {
  const bus = createRedisBus({ ...settings(), windowBytes: 50_000_000, ...deps })
  buses.push(bus)
  await bus.start(context())
  return bus
}

async function listen(bus: RedisBus) {
  const heard = { batches: [] as LiveBatch[], beats: [] as LiveHeads[], reconnects: 0 }
  await bus.subscribe({
    onBatch: (batch) => void heard.batches.push(batch),
    onBeat: (heads) => void heard.beats.push(heads),
    onReconnect: () => {
      heard.reconnects += 1
    },
  })
  return heard
}

function batchOf(before: number, last: number, more: Partial<LiveBatch> = {}): LiveBatch {
  const entries: LiveEntry[] = []
  for (let offset = before + 1; offset <= last; offset++) {
    entries.push({ offset, deviceId: 'd', sensorType: 't', json: JSON.stringify({ offset, unit: '°C' }) })
  }
  return { epoch: EPOCH, kind: 'readings', partition: 0, before, last, entries, ...more }
}

const lastOf = (batches: readonly LiveBatch[], partition = 0) =>
  batches.filter((batch) => batch.partition === partition).at(-1)?.last

/** Publishes offset after offset, each until the bus has taken it, as `live` does. */
function publishOnAndOn(bus: RedisBus, partition = 0) {
  const state = { published: -1, rejections: 0, slowestRejectionMs: 0, isStopped: false }
  async function run(): Promise<void> {
    while (!state.isStopped) {
      const begunAt = performance.now()
      try {
        await bus.publish([batchOf(state.published, state.published + 1, { partition })], [])
        state.published += 1
      } catch (error) {
        expect(error).toMatchObject({ code: 'STORE_UNAVAILABLE', retriable: true })
        state.rejections += 1
        state.slowestRejectionMs = Math.max(state.slowestRejectionMs, performance.now() - begunAt)
      }
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }
  const done = run()
  return {
    state,
    stop: () => {
      state.isStopped = true
      return done
    },
  }
}

const docker = (...args: string[]) => execFileSync('docker', args, { stdio: 'ignore' })

beforeAll(async () => {
  // A fixed port: after `docker restart` the engine would give out another.
  server = await startRedis({ isDurable: true, hostPort: await freePort() })
})
beforeEach(async () => {
  redis = new RedisConnection(settings())
  await redis.start(context())
  await redis.ask((client) => client.flushall())
})
afterEach(async () => {
  await Promise.all(buses.map((bus) => bus.stop()))
  await redis.stop()
  buses = []
  failures = []
})
afterAll(() => server.stop())

describe('the bus on Redis while it is away', () => {
  it('rejects at once while Redis is paused, says so, and loses nothing', async () => {
    const bus = await openBus()
    const other = await openBus({})
    const heard = await listen(other)
    const publishing = publishOnAndOn(bus)
    await until('some are heard', () => heard.batches.length > 5)

    docker('pause', server.id)
    try {
      await until('the publisher is turned away, time and again', () => publishing.state.rejections > 200)
      await until('both say that they are away', () =>
        [bus, other].every((one) => one.health!().status === 'degraded'),
      )
      await expect(other.counts()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
    } finally {
      docker('unpause', server.id)
    }
    const { published } = publishing.state
    await until('it goes on', () => publishing.state.published > published + 20, { withinMs: 10_000 })
    await publishing.stop()
    await until('the listener is told', () => heard.reconnects > 0)
    expect(publishing.state.slowestRejectionMs).toBeLessThan(8_000)
    await until('both are well', () => [bus, other].every((one) => one.health!().status === 'healthy'))

    const { complete, batches } = await other.window('readings', 0, -1, EPOCH)
    expect(complete).toBe(true)
    const offsets = batches.flatMap(({ entries }) => entries.map(({ offset }) => offset))
    expect(offsets).toEqual(Array.from({ length: publishing.state.published + 1 }, (_, offset) => offset))
  })

  it('goes on after a restart that keeps its data, and hears of it', async () => {
    const bus = await openBus()
    const other = await openBus({})
    const heard = await listen(other)
    let emptied = 0
    bus.onEmptied(() => {
      emptied += 1
    })
    const publishing = publishOnAndOn(bus)
    await until('some are heard', () => heard.batches.length > 5)
    docker('restart', '--time', '5', server.id)
    const { published } = publishing.state
    await until('it goes on', () => publishing.state.published > published + 20)
    // It comes back in its own time: what is published before that is in the window alone.
    await until('the listener hears again', () => lastOf(heard.batches)! > published)
    await publishing.stop()
    await until('it hears the last', () => lastOf(heard.batches) === publishing.state.published)
    expect(heard.reconnects).toBeGreaterThan(0)
    expect(emptied).toBe(0)
    expect((await other.window('readings', 0, -1, EPOCH)).complete).toBe(true)
    expect(failures).toEqual([])
  })

  it('begins an empty window after Redis has lost all, and tells every publisher', async () => {
    const bus = await openBus({ epoch: () => EPOCH, beatMs: 50 })
    const second = await openBus({ epoch: () => EPOCH, beatMs: 50 })
    const other = await openBus({ beatMs: 50 })
    const told: string[] = []
    bus.onEmptied(() => told.push('first'))
    second.onEmptied(() => told.push('second'))
    const heard = await listen(other)
    await bus.publish([batchOf(-1, 9)], [{ deviceId: 'a', status: 'online' }])
    await redis.ask((client) => client.flushall())
    await until('both are told', () => told.length === 2)
    expect([...told].sort()).toEqual(['first', 'second'])

    expect([...(await other.heads()).readings]).toEqual([])
    expect(await other.window('readings', 0, 9, EPOCH)).toEqual({ complete: false, batches: [] })
    expect(await other.counts()).toEqual({ total: 0, online: 0 })
    await bus.publish([batchOf(9, 10)], [{ deviceId: 'a', status: 'online' }])
    await until('the next is heard', () => lastOf(heard.batches) === 10)
    expect((await other.window('readings', 0, 9, EPOCH)).complete).toBe(true)
    expect((await other.window('readings', 0, 8, EPOCH)).complete).toBe(false)
    expect(await redis.ask((client) => client.get('iot:epoch'))).toBe(EPOCH)
    expect(failures).toEqual([])
  })

  it('does without its scripts being known', async () => {
    const bus = await openBus()
    await bus.publish([batchOf(-1, 0)], [])
    await redis.ask((client) => client.script('FLUSH'))
    await bus.publish([batchOf(0, 1)], [])
    expect((await bus.heads()).readings.get(0)).toBe(1)
  })

  it('says what to do where there is no Redis', async () => {
    const bus = createRedisBus({
      ...settings(),
      port: await freePort(),
      windowBytes: 1_000,
      startTimeoutMs: 300,
      epoch: () => EPOCH,
    })
    buses.push(bus)
    await expect(bus.start(context())).rejects.toThrow(/can’t be used: .*REDIS_HOST/)
  })
})

describe('the bus on Redis among processes', () => {
  it('carries what two publishers of different partitions say to three subscribers, each in order', async () => {
    const publishers = [await openBus(), await openBus()]
    const heard = await Promise.all([{}, {}, {}].map(async () => listen(await openBus({ beatMs: 50 }))))
    await Promise.all(
      publishers.map(async (bus, partition) => {
        for (let offset = 0; offset < 200; offset++) {
          await bus.publish([batchOf(offset - 1, offset, { partition })], [])
        }
      }),
    )
    for (const { batches, beats } of heard) {
      await until('all have come', () => batches.length === 400)
      for (const partition of [0, 1]) {
        const offsets = batches.filter((batch) => batch.partition === partition).map(({ last }) => last)
        expect(offsets).toEqual(Array.from({ length: 200 }, (_, offset) => offset))
      }
      // One publisher's beat holds the other's partitions too.
      await until('a beat with both', () => beats.at(-1)?.readings.size === 2)
    }
  })

  it('lets a reader wait for the first publisher, and learns the log from it', async () => {
    const reading = openBus({})
    const publisher = await openBus()
    const reader = await reading
    expect(reader.epoch).toBe(EPOCH)
    const heard = await listen(reader)
    await publisher.publish([batchOf(-1, 0)], [])
    await until('it hears', () => heard.batches.length === 1)
    await expect(reader.publish([], [])).rejects.toThrow(/give the bus `epoch`/)
  })

  it('lets a reader that waits for a publisher be stopped', async () => {
    const stopping = new AbortController()
    const bus = createRedisBus({ ...settings(), windowBytes: 1_000 })
    buses.push(bus)
    const starting = bus.start({ ...context(), signal: stopping.signal })
    stopping.abort(new Error('stopped'))
    await expect(starting).rejects.toThrow('stopped')
  })

  it('ends who runs on another log, and removes what that log left but its snapshots', async () => {
    const old = await openBus({ epoch: () => 'old', beatMs: 50 })
    const reader = await openBus({ beatMs: 50 })
    await old.publish([{ ...batchOf(-1, 3), epoch: 'old' }], [{ deviceId: 'a', status: 'online' }])
    await redis.ask((client) => client.set('iot:{old}:snapshot:live:0', 'kept'))
    const bus = await openBus()
    await until('both are told', () => failures.length >= 2)
    for (const failure of failures) expect(failure).toMatchObject({ code: 'LOG_CHANGED', retriable: false })
    await expect(old.publish([{ ...batchOf(3, 4), epoch: 'old' }], [])).rejects.toMatchObject({
      code: 'LOG_CHANGED',
    })
    await until('the old keys are gone', async () => {
      const keys = await redis.ask((client) => client.keys('iot:{old}:*'))
      return keys.length === 1 && keys[0] === 'iot:{old}:snapshot:live:0'
    })
    expect((await reader.window('readings', 0, -1, EPOCH)).complete).toBe(false)
    expect((await bus.heads()).readings.size).toBe(0)
  })
})

describe('the bus on Redis under load', () => {
  it('keeps the window within its bytes, the oldest of all partitions going first', async () => {
    const windowBytes = 400_000
    const bus = await openBus({ epoch: () => EPOCH, windowBytes })
    for (let flush = 0; flush < 200; flush++) {
      const batches = [0, 1, 2, 3, 4, 5].map((partition) =>
        batchOf(flush * 10 - 1, flush * 10 + 9, { partition }),
      )
      await bus.publish(batches, [])
    }
    const bytes = Number(await redis.ask((client) => client.hget(`iot:{${EPOCH}}:meta`, 'bytes')))
    expect(bytes).toBeLessThanOrEqual(windowBytes)
    expect(bytes).toBeGreaterThan(windowBytes / 2)
    const streams = await redis.ask((client) => client.keys(`iot:{${EPOCH}}:window:*`))
    const usage = await redis.ask((client) =>
      Promise.all(streams.map((key) => client.memory('USAGE', key, 'SAMPLES', 0))),
    )
    expect(usage.reduce<number>((sum, one) => sum + (one ?? 0), 0)).toBeLessThan(2 * windowBytes)
    const floors = [...(await bus.floors()).readings.values()]
    expect(Math.max(...floors) - Math.min(...floors)).toBeLessThanOrEqual(10)
    const { complete, batches } = await bus.window('readings', 3, Math.max(...floors), EPOCH)
    expect([complete, batches.at(-1)?.last]).toEqual([true, 1_999])
  })

  it('reads a long window page by page, from inside a batch', async () => {
    const bus = await openBus()
    for (let offset = 0; offset < 400; offset += 2) await bus.publish([batchOf(offset - 1, offset + 1)], [])
    const { complete, batches } = await bus.window('readings', 0, 4, EPOCH)
    expect(complete).toBe(true)
    expect(batches[0]).toMatchObject({ before: 4, last: 5, entries: [{ offset: 5 }] })
    expect(batches.flatMap(({ entries }) => entries).length).toBe(395)
  })

  it('lists the states of 10 000 devices page by page, each once and in order', async () => {
    const bus = await openBus()
    const ids = Array.from({ length: 10_000 }, (_, number) => `dev-${String(number).padStart(5, '0')}`)
    for (let at = 0; at < ids.length; at += 500) {
      const changes = ids.slice(at, at + 500).map(
        (deviceId, index): DeviceStateChange => ({
          deviceId,
          status: index % 2 === 0 ? 'online' : 'offline',
          readings: [
            {
              deviceId,
              sensorType: 't',
              value: index,
              timestamp: '2026-01-01T00:00:00.000Z',
              status: 'normal',
            },
          ],
        }),
      )
      await bus.publish([], changes)
    }
    const listed: string[] = []
    for (let after: string | undefined; ; after = listed.at(-1)) {
      const page = await bus.list({ ...(after !== undefined && { after }), limit: 750 })
      listed.push(...page.map(({ deviceId }) => deviceId))
      if (page.length < 750) break
    }
    expect(listed).toEqual(ids)
    expect(await bus.counts()).toEqual({ total: 10_000, online: 5_000 })
    expect((await bus.get(ids)).length).toBe(10_000)
  })
})
