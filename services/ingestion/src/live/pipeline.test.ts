import {
  createInProcessBus,
  createMemoryAlertRuleStore,
  createMemoryDeviceStore,
  createMemoryEventLog,
} from '@iot/adapter-memory'
import {
  PARTITIONS,
  partitionOf,
  type Reading,
  type ReadingsRecord,
  type StatusRecord,
  TOPICS,
} from '@iot/contracts'
import { type EventLog, type LiveBatch, type LiveBus, type SnapshotStore, systemClock } from '@iot/ports'
import { type Component, createMetrics, silentLogger } from '@iot/runtime'
import { until } from '@iot/testkit'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { createLivePipeline, type LivePipelineDeps } from './pipeline.js'

type Bus = ReturnType<typeof createInProcessBus>

describe('the live pipeline', () => {
  let log: ReturnType<typeof createMemoryEventLog>
  let running: Component[]

  beforeEach(async () => {
    log = createMemoryEventLog()
    await log.start(contextOf())
    running = []
  })
  afterEach(async () => {
    for (const component of running.reverse()) await component.stop()
    await log.stop()
  })

  it('shows every reading once, with its place in the log, as its schema has it', async () => {
    const { bus, shown } = await startLive()
    const place = await append('d1', [reading('temperature', 21.5, 1, { unit: '°C' })], {
      location: 'Hall "A"',
    })
    const second = await append('d1', [reading('humidity', 60, 2), reading('door', 1, 2, { adjusted: true })])
    await until('all are shown', () => shown().length === 3)
    expect(shown().map(({ json }) => json)).toEqual(
      [
        {
          ...{ deviceId: 'd1', sensorType: 'temperature', value: 21.5, unit: '°C', timestamp: at(1) },
          ...{ status: 'normal', location: 'Hall "A"', receivedAt: at(0), position: place },
        },
        {
          ...{ deviceId: 'd1', sensorType: 'humidity', value: 60, timestamp: at(2), status: 'normal' },
          ...{ location: 'Hall "A"', receivedAt: at(0), position: { ...second, index: 0 } },
        },
        {
          ...{ deviceId: 'd1', sensorType: 'door', value: 1, timestamp: at(2), status: 'normal' },
          ...{ location: 'Hall "A"', receivedAt: at(0), adjusted: true, position: { ...second, index: 1 } },
        },
      ].map((body) => JSON.stringify(body)),
    )
    expect(shown().map(({ offset, index }) => [offset, index])).toEqual([
      [place.offset, undefined],
      [second.offset, 0],
      [second.offset, 1],
    ])
    const [state] = await bus.get(['d1'])
    expect(state!.readings.map((one) => JSON.stringify(one))).toEqual(shown().map(({ json }) => json))
    expect(state).toMatchObject({ location: 'Hall "A"', lastSeen: at(0) })
  })

  it('keeps the newest by device time, while late readings are shown', async () => {
    const { bus, shown } = await startLive()
    for (const second of [5, 3, 9, 7]) await append('d1', [reading('t', second, second)])
    await until('all are shown', () => shown().length === 4)
    expect(shown().map(({ value }) => value)).toEqual([5, 3, 9, 7])
    expect((await bus.get(['d1']))[0]!.readings.map(({ value }) => value)).toEqual([9])
  })

  it('shows a repeat once, the first value, and still covers its offset', async () => {
    const { bus, shown } = await startLive()
    await append('d1', [reading('t', 1, 1), reading('t', 2, 1)])
    await append('d1', [reading('t', 3, 1)])
    const last = await append('d1', [reading('t', 1, 1)])
    await until('the last offset is covered', async () => headOf(await bus.heads(), last) === last.offset)
    expect(shown().map(({ value }) => value)).toEqual([1])
    expect(await bus.rate().then(({ readingsPerMinute }) => readingsPerMinute)).toBeLessThanOrEqual(1)
  })

  it('chains its batches, so that a reader sees that nothing is missing', async () => {
    const { batches, shown } = await startLive()
    await Promise.all(Array.from({ length: 2_000 }, (_, n) => append(`d${n % 40}`, [reading('t', n, n)])))
    await until('all are shown', () => shown().length === 2_000)
    const heads = new Map<string, number>()
    for (const { kind, partition, before, last, entries } of batches) {
      const lane = `${kind} ${partition}`
      expect(before).toBe(heads.get(lane) ?? -1)
      for (const { offset } of entries) expect(offset > before && offset <= last).toBe(true)
      heads.set(lane, last)
    }
  })

  it('commits what it has published', async () => {
    const { shown } = await startLive({ commitEveryMs: 5 })
    const place = await append('d1', [reading('t', 1, 1)])
    await until('it is committed', async () => {
      const committed = await log.committed('live', TOPICS.sensorsData)
      return committed.get(place.partition) === place.offset + 1
    })
    expect(shown()).toHaveLength(1)
  })

  describe('status', () => {
    it('shows changes, and a device that was heard is online', async () => {
      const { bus, statuses } = await startLive()
      await append('d1', [reading('t', 1, 1)])
      await until('it is online', () => statuses().length === 1)
      await appendStatus('d1', 'offline', 10)
      await appendStatus('d1', 'offline', 11)
      await append('d1', [reading('t', 1, 12)], { receivedAt: at(12) })
      await until('it is online again', () => statuses().length === 3)
      expect(statuses().map(({ status, timestamp }) => [status, timestamp])).toEqual([
        ['online', at(0)],
        ['offline', at(10)],
        ['online', at(12)],
      ])
      expect(await bus.counts()).toEqual({ total: 1, online: 1 })
      expect((await bus.get(['d1']))[0]).toMatchObject({
        status: 'online',
        statusAt: at(12),
        lastSeen: at(12),
      })
    })

    it('forgets a device that was removed, also over a restart, and not what it has said since', async () => {
      const snapshots = createSnapshots()
      const { bus, pipeline, statuses } = await startLive({ snapshots })
      for (const deviceId of ['gone', 'back']) {
        await append(deviceId, [reading('old', 1, 1), reading('t', 1, 1)], { receivedAt: at(1) })
      }
      await until('both are online', () => statuses().length === 2)
      await append('back', [reading('t', 2, 3)], { receivedAt: at(3) })
      await until('the newest is known', async () => (await bus.get(['back']))[0]?.lastSeen === at(3))
      await appendStatus('gone', 'offline', 2, 'removed')
      await appendStatus('back', 'offline', 2, 'removed')
      const expectForgotten = async (state: Bus) => {
        await until('one is forgotten', async () => (await state.get(['gone'])).length === 0)
        await until('the other is what it has said since', async () => {
          const [back] = await state.get(['back'])
          return back?.lastSeen === at(3) && back.readings.every(({ value }) => value === 2)
        })
      }
      await expectForgotten(bus)
      expect(statuses()).toHaveLength(2)

      await pipeline.stop()
      const second = await startLive({ snapshots })
      await expectForgotten(second.bus)
      await append('gone', [reading('t', 1, 1)], { receivedAt: at(9) })
      await until('it is a new device', () => second.statuses().length === 1)
      expect((await second.bus.get(['gone']))[0]!.readings).toHaveLength(1)
    })

    it('asks the log once for a device that sends much before the answer is there', async () => {
      const { shown } = await startLive()
      await Promise.all(Array.from({ length: 100 }, (_, n) => append('d1', [reading('t', n, n)])))
      await until('all are shown', () => shown().length === 100)
      const partition = partitionOf('d1', PARTITIONS)
      const [range] = (await log.ranges(TOPICS.deviceStatus)).filter((one) => one.partition === partition)
      expect(range!.end).toBe(1)
    })

    it('leaves a device in maintenance there, and one offline that was heard before it went', async () => {
      const { bus, shown } = await startLive()
      await appendStatus('m', 'maintenance', 1)
      await appendStatus('o', 'offline', 20)
      await append('m', [reading('t', 1, 2)], { receivedAt: at(2) })
      await append('o', [reading('t', 1, 19)], { receivedAt: at(19) })
      await append('x', [reading('t', 1, 30)], { receivedAt: at(30) })
      await until('somebody later is online', async () => (await bus.counts()).online === 1)
      await until('all are shown', () => shown().length === 3)
      const states = await bus.get(['m', 'o', 'x'])
      expect(states.map(({ status }) => status)).toEqual(['maintenance', 'offline', 'online'])
    })
  })

  describe('while the bus is away', () => {
    it('keeps a bounded backlog, leaves the rest in the log, and loses and doubles nothing', async () => {
      const flaky = createFlakyBus(openBus())
      const { shown, batches } = await startLive({ bus: flaky.bus, backlogEntries: 100 })
      flaky.isAway = true
      const sent = Array.from({ length: 3_000 }, (_, n) => append(`d${n % 7}`, [reading('t', n, n)]))
      await Promise.all(sent)
      await until('it has tried', () => flaky.refusals > 2)
      const committed = await log.committed('live', TOPICS.sensorsData)
      expect([...committed.values()].every((offset) => offset === 0)).toBe(true)
      expect(flaky.largestFlush).toBeLessThan(3_000)
      flaky.isAway = false
      await until('all are shown', () => shown().length >= 3_000)
      expect(new Set(shown().map(({ value }) => value)).size).toBe(3_000)
      expect(shown()).toHaveLength(3_000)
      expect(batches.every(({ before, last }) => last > before)).toBe(true)
    })

    it('stops in bounded time, and what was not published comes after the next start', async () => {
      const snapshots = createSnapshots()
      const flaky = createFlakyBus(openBus())
      const first = await startLive({ bus: flaky.bus, snapshots })
      flaky.isAway = true
      await append('d1', [reading('t', 7, 7)])
      await until('it has tried', () => flaky.refusals > 0)
      await first.pipeline.stop()
      const { shown } = await startLive({ snapshots })
      await until('it is shown', () => shown().length === 1)
    })
  })

  describe('after a restart', () => {
    it('knows repeats and the newest, and shows nothing twice', async () => {
      const snapshots = createSnapshots()
      const first = await startLive({ snapshots })
      await append('d1', [reading('t', 9, 9)])
      await appendStatus('d1', 'maintenance', 9)
      await until('both are shown', () => first.shown().length === 1 && first.statuses().length >= 1)
      await first.pipeline.stop()

      await append('d1', [reading('t', 9, 9)])
      await append('d1', [reading('t', 5, 5)])
      const second = await startLive({ snapshots })
      await until('the late one is shown', () => second.shown().length === 1)
      expect(second.shown().map(({ value }) => value)).toEqual([5])
      const [state] = await second.bus.get(['d1'])
      expect(state).toMatchObject({ status: 'maintenance', readings: [{ value: 9 }] })
    })

    it('fills the window of a bus that has forgotten, just as it was', async () => {
      const snapshots = createSnapshots()
      const first = await startLive({ snapshots })
      for (let n = 0; n < 300; n++) {
        await append(`d${n % 5}`, [reading('t', n, n < 250 ? n : n - 100), reading('h', n, n)])
      }
      await until('all are worked in', async () => {
        const repeats = 50
        return first.shown().length === 600 - repeats && (await first.bus.counts()).online === 5
      })
      const was = await windowOf(first.bus)
      await first.pipeline.stop()

      const second = await startLive({ snapshots })
      expect(await windowOf(second.bus)).toEqual(was)
      expect(second.batches).toEqual([])
      expect((await second.bus.heads()).readings).toEqual((await first.bus.heads()).readings)
    })

    it('goes on from a crash between publishing and committing: the bus drops what it has had', async () => {
      const snapshots = createSnapshots()
      const crash = createCrash(log, snapshots)
      const bus = openBus()
      const first = await startLive({ bus, ...crash.deps })
      await append('d1', [reading('t', 1, 1)])
      await until('it is committed', async () => {
        return Math.max(...(await log.committed('live', TOPICS.sensorsData)).values()) === 1
      })
      crash.now()
      await append('d1', [reading('t', 2, 2)])
      await append('d1', [reading('t', 3, 3)])
      await until('they are shown', () => first.shown().length === 3)
      await first.pipeline.stop()

      await startLive({ bus, snapshots })
      await append('d1', [reading('t', 3, 3)])
      await append('d1', [reading('t', 4, 4)])
      await until('the newest is shown', () => first.shown().some(({ value }) => value === 4))
      expect(first.shown().map(({ value }) => value)).toEqual([1, 2, 3, 4])
    })

    it('builds its state from the log alone where there is no snapshot', async () => {
      const first = await startLive()
      await append('d1', [reading('t', 9, 9)])
      await until('it is shown', () => first.shown().length === 1)
      await until('it is committed', async () => {
        return Math.max(...(await log.committed('live', TOPICS.sensorsData)).values()) === 1
      })
      await first.pipeline.stop()
      await append('d1', [reading('t', 9, 9)])
      await append('d1', [reading('t', 10, 10)])
      const second = await startLive()
      await until('the new one is shown', () => second.shown().length === 1)
      expect(second.shown().map(({ value }) => value)).toEqual([10])
    })

    it('leaves a snapshot aside that knows more than the log holds', async () => {
      const snapshots = createSnapshots()
      await snapshots.save('live', log.epoch, partitionOf('d1', PARTITIONS), {
        offsets: { [TOPICS.sensorsData.name]: 1_000 },
        state: '{}',
      })
      const { shown } = await startLive({ snapshots })
      await append('d1', [reading('t', 1, 1)])
      await until('it is shown', () => shown().length === 1)
    })
  })

  it('hands partitions from member to member without showing anything twice or losing what it knows', async () => {
    const snapshots = createSnapshots()
    const bus = openBus()
    const first = await startLive({ bus, snapshots })
    let sent = 0
    async function send(count: number): Promise<void> {
      const appends = Array.from({ length: count }, () => {
        sent += 1
        return append(`d${sent % 20}`, [reading('t', sent, sent)])
      })
      await Promise.all(appends)
    }
    await send(500)
    const joining = send(500)
    const second = await startLive({ bus, snapshots })
    await joining
    await send(500)
    const leaving = send(500)
    await first.pipeline.stop()
    await leaving
    await Promise.all([1, 2, 3].map((n) => append(`d${n}`, [reading('t', 0, 1_980 + n)])))
    const marker = await append('d0', [reading('t', 9_999, 9_999)])
    await until('the marker is shown', () => first.shown().some(({ value }) => value === 9_999))
    await until('all are shown', () => first.shown().length >= 2_001)
    const values = first.shown().map(({ value }) => value)
    expect(values.filter((value, at) => values.indexOf(value) !== at)).toEqual([])
    expect(values).toHaveLength(2_001)
    expect(headOf(await bus.heads(), marker)).toBe(marker.offset)
    expect(second.batches.length).toBeLessThanOrEqual(first.batches.length)
  })

  it('takes a snapshot now and then, also under load', async () => {
    const snapshots = createSnapshots()
    const { shown } = await startLive({ snapshots, snapshotEveryMs: 20 })
    const partition = partitionOf('d1', PARTITIONS)
    let n = 0
    await until('a second snapshot is kept', async () => {
      await append('d1', [reading('t', n, n)])
      n += 1
      return snapshots.saves > 1
    })
    await until('all are shown', () => shown().length === n)
    const snapshot = await snapshots.load('live', log.epoch, partition)
    expect(snapshot!.offsets[TOPICS.sensorsData.name]).toBeGreaterThan(0)
  })

  function openBus(): Bus {
    const bus = createInProcessBus({ clock: systemClock, logger: silentLogger(), windowBytes: 8_000_000 })
    running.unshift(bus)
    return bus
  }

  /** A pipeline on the log of the test, and what it shows from its start on. */
  async function startLive(more: Partial<LivePipelineDeps> & { bus?: LiveBus } = {}) {
    const bus = (more.bus ?? openBus()) as Bus
    const batches: LiveBatch[] = []
    await bus.subscribe({ onBatch: (batch) => void batches.push(batch) })
    const pipeline = createLivePipeline({
      log,
      snapshots: createSnapshots(),
      rules: createMemoryAlertRuleStore({ clock: systemClock }),
      devices: createMemoryDeviceStore({ clock: systemClock }),
      maxDevices: 100,
      clock: systemClock,
      logger: silentLogger(),
      metrics: createMetrics(),
      ...more,
      bus,
    })
    await pipeline.start(contextOf())
    running.push(pipeline)
    const bodies = <Body>(kind: LiveBatch['kind']) =>
      batches
        .filter((batch) => batch.kind === kind)
        .flatMap(({ entries }) => entries.map((entry) => ({ ...entry, ...(JSON.parse(entry.json) as Body) })))
    return {
      bus,
      pipeline,
      batches,
      shown: () => bodies<Reading>('readings'),
      statuses: () => bodies<{ status: string; timestamp: string }>('status'),
    }
  }

  function append(
    deviceId: string,
    readings: ReadingsRecord['readings'],
    more: Partial<ReadingsRecord> = {},
  ) {
    const record: ReadingsRecord = { deviceId, receivedAt: at(0), readings, ...more }
    return log.append(TOPICS.sensorsData, deviceId, record)
  }

  function appendStatus(
    deviceId: string,
    status: StatusRecord['status'],
    second: number,
    cause: StatusRecord['cause'] = 'reported',
  ) {
    const record: StatusRecord = { deviceId, status, timestamp: at(second), cause }
    return log.append(TOPICS.deviceStatus, deviceId, record)
  }
})

const START_MS = Date.parse('2026-01-01T00:00:00.000Z')

function at(second: number): string {
  return new Date(START_MS + second * 1_000).toISOString()
}

function reading(sensorType: string, value: number, second: number, more = {}) {
  return { sensorType, value, ...more, timestamp: at(second) } as ReadingsRecord['readings'][number]
}

function contextOf() {
  return { signal: new AbortController().signal, fail: () => {} }
}

function headOf(heads: { readings: ReadonlyMap<number, number> }, place: { partition: number }) {
  return heads.readings.get(place.partition)
}

/** Everything in the window: the entries and how far they cover, however they were cut into batches. */
async function windowOf(bus: Bus) {
  const { epoch } = await bus.heads()
  const slices = []
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const { complete, batches } = await bus.window('readings', partition, -1, epoch)
    slices.push({ complete, entries: batches.flatMap(({ entries }) => entries) })
  }
  return slices
}

function createSnapshots(): SnapshotStore & { saves: number } {
  const kept = new Map<string, string>()
  return {
    saves: 0,
    async load(owner, epoch, partition) {
      const text = kept.get(`${owner} ${epoch} ${partition}`)
      return text === undefined ? undefined : JSON.parse(text)
    },
    async save(owner, epoch, partition, snapshot) {
      kept.set(`${owner} ${epoch} ${partition}`, JSON.stringify(snapshot))
      if (owner === 'live') this.saves += 1
      return true
    },
  }
}

function createFlakyBus(bus: Bus) {
  const flaky = {
    isAway: false,
    refusals: 0,
    largestFlush: 0,
    bus: {
      ...bus,
      async publish(batches: readonly LiveBatch[], changes: Parameters<LiveBus['publish']>[1]) {
        const entries = batches.reduce((sum, batch) => sum + batch.entries.length, 0)
        flaky.largestFlush = Math.max(flaky.largestFlush, entries)
        if (flaky.isAway) {
          flaky.refusals += 1
          throw new Error('the bus is away')
        }
        await bus.publish(batches, changes)
      },
    },
  }
  return flaky
}

/** From `now` on nothing that the pipeline commits or keeps has any effect, as if its process had ended. */
function createCrash(log: EventLog, snapshots: SnapshotStore) {
  let isDead = false
  return {
    now: () => {
      isDead = true
    },
    deps: {
      commitEveryMs: 1,
      snapshots: {
        load: snapshots.load,
        save: async (...kept: Parameters<SnapshotStore['save']>) =>
          isDead ? false : snapshots.save(...kept),
      },
      log: {
        get epoch() {
          return log.epoch
        },
        append: log.append.bind(log),
        read: log.read.bind(log),
        ranges: log.ranges.bind(log),
        committed: log.committed.bind(log),
        subscribe: (consumer: Parameters<EventLog['subscribe']>[0]) =>
          log.subscribe({
            ...consumer,
            onBatch: (batch, control) =>
              consumer.onBatch(batch, {
                signal: control.signal,
                isStale: control.isStale,
                commit: async (nextOffset) => {
                  if (!isDead) await control.commit(nextOffset)
                },
              }),
          }),
      } satisfies EventLog,
    },
  }
}
