import {
  createMemoryAlertStore,
  createMemoryAuditStore,
  createMemoryDeadLetterStore,
  createMemoryDeviceStore,
  createMemoryEventLog,
} from '@iot/adapter-memory'
import { type DeadLetterRecord, type ReadingsRecord, TOPICS } from '@iot/contracts'
import {
  type DeviceDescription,
  type ReadingStore,
  type StoredReading,
  StoreRefused,
  StoreUnavailable,
  systemClock,
} from '@iot/ports'
import { type Component, createMetrics, type Metrics, silentLogger } from '@iot/runtime'
import { FakeClock, until } from '@iot/testkit'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { type ArchivePipelineDeps, createArchivePipeline } from './pipeline.js'

describe('the archive pipeline', () => {
  let log: ReturnType<typeof createMemoryEventLog>
  let running: Component[]

  beforeEach(async () => {
    log = createMemoryEventLog()
    await log.start(context)
    running = []
  })
  afterEach(async () => {
    for (const component of running) await component.stop()
    await log.stop()
  })

  it('stores every reading as it stands in the log, and commits afterwards', async () => {
    const { store } = await startArchive()
    await append('d1', [reading('t', 1.5, 1, { unit: '°C' }), reading('h', 2, 1, { adjusted: true })])
    await until('both are stored', () => store.rows().length === 2)
    expect(store.rows()).toEqual([
      {
        ...{ deviceId: 'd1', sensorType: 't', unit: '°C', value: 1.5, adjusted: false },
        ...{ timestampMs: START_MS + 1_000, receivedAtMs: START_MS },
      },
      {
        ...{ deviceId: 'd1', sensorType: 'h', value: 2, adjusted: true },
        ...{ timestampMs: START_MS + 1_000, receivedAtMs: START_MS },
      },
    ])
    await until('it is committed', () => everythingCommitted())
  })

  it('gathers all partitions into few writes, and commits once per batch', async () => {
    await sendMany(20_000)
    const { store, commits } = await startArchive()
    await until('all are stored', () => store.rows().length === 20_000)
    await until('all are committed', () => everythingCommitted())
    // A statement for a write, and one for the commits that belong to it.
    expect((store.writes.length + commits()) / 20).toBeLessThanOrEqual(3)
    expect(Math.max(...store.writes)).toBeLessThanOrEqual(2_000)
  })

  it('cuts records that are larger than a write, and commits them whole', async () => {
    const { store } = await startArchive({ maxRows: 300 })
    const many = Array.from({ length: 1_000 }, (_, n) => reading('t', n, n))
    await append('d1', many)
    await append('d1', [], { attributes: { model: 'x' } })
    await until('all are committed', () => everythingCommitted())
    expect(store.rows()).toHaveLength(1_000)
    expect(store.writes).toEqual([300, 300, 300, 100])
  })

  it('waits while the store is away, and then stores everything once', async () => {
    const { store, archive } = await startArchive()
    store.isAway = true
    await sendMany(500)
    await until('it has tried and says so', () => archive.health!().status === 'degraded')
    // A fixed phrase: anybody may read it, and an error's words may name hosts and users.
    expect(archive.health!().detail).toBe('readings cannot be stored: they wait in the log')
    expect(await everythingCommitted()).toBe(false)
    store.isAway = false
    await until('all are committed', () => everythingCommitted())
    expect(store.rows()).toHaveLength(500)
    expect(archive.health!().status).toBe('healthy')
  })

  it('sets aside only the rows that the store can’t hold', async () => {
    const metrics = createMetrics()
    const { store } = await startArchive({ metrics })
    await sendMany(200)
    await append('d3', [reading('poison', 1, 1), reading('t', 1, 9_999)])
    await append('d4', [reading('poison', 1, 1)])
    await until('all are committed', () => everythingCommitted())
    expect(store.rows()).toHaveLength(201)
    expect(store.rows().some(({ sensorType }) => sensorType === 'poison')).toBe(false)
    expect((await metrics.render()).body).toContain('iot_archive_rows_total{outcome="set-aside"} 2')
  })

  it('describes devices when something has changed', async () => {
    const { devices, described } = await startArchive({ lingerMs: 1 })
    await append('d1', [], { location: 'Hall', attributes: { model: 'A', note: '__proto__' } })
    await until('it is committed', () => everythingCommitted())
    await append('d1', [], { location: 'Hall', attributes: { model: 'A' } })
    await append('d1', [], { attributes: { model: 'B', note: '__proto__' } })
    await until('it is committed', () => everythingCommitted())
    expect(described).toEqual([
      { deviceId: 'd1', location: 'Hall', attributes: { model: 'A', note: '__proto__' } },
      { deviceId: 'd1', attributes: { model: 'B' } },
    ])
    expect(await devices.get('d1')).toMatchObject({
      location: 'Hall',
      attributes: { model: 'B', note: '__proto__' },
    })
  })

  it('keeps dead letters, the newest up to a bound, whatever the store of readings does', async () => {
    const { store, deadLetters } = await startArchive({ keepDeadLetters: 3 })
    store.isAway = true
    await append('d1', [reading('t', 1, 1)])
    for (let n = 0; n < 5; n++) await log.append(TOPICS.deadLetters, `d${n}`, letter(n))
    await until('all five are there', async () => (await deadLetters.count('new')) === 5)
    await restart({ store, deadLetters, keepDeadLetters: 3 })
    await until('they are pruned', async () => (await deadLetters.count('new')) === 3)
    const kept = await deadLetters.list({ limit: 10 })
    expect(kept.map(({ detail }) => detail)).toEqual(['number 4', 'number 3', 'number 2'])
    store.isAway = false
  })

  it('keeps the newest dead letters that fit their bytes', async () => {
    const { deadLetters } = await startArchive()
    const payload = 'x'.repeat(1_000)
    for (let n = 0; n < 5; n++) await log.append(TOPICS.deadLetters, `d${n}`, { ...letter(n), payload })
    await until('all five are there', async () => (await deadLetters.count('new')) === 5)
    await restart({ deadLetters, keepDeadLetterBytes: 3_000 })
    await until('they are pruned', async () => (await deadLetters.count('new')) === 2)
  })

  it('drops what is older than RETENTION_DAYS, at the start', async () => {
    const clock = new FakeClock('2026-06-30T00:00:00.000Z')
    const { store } = await startArchive({ clock, retentionDays: 30 })
    await until('it was asked', () => store.droppedBefore.length === 1)
    expect(store.droppedBefore).toEqual([Date.parse('2026-05-31T00:00:00.000Z')])
  })

  it('stores what it has in hand before it stops', async () => {
    const { store, archive } = await startArchive({ lingerMs: 60_000 })
    await append('d1', [reading('t', 1, 1)])
    await until('the archive has it', async () => {
      const [lag] = /iot_archive_lag_records (\d+)/.exec((await metricsOf.render()).body)?.slice(1) ?? []
      return lag === '1'
    })
    await archive.stop()
    expect(store.rows()).toHaveLength(1)
    expect(await everythingCommitted()).toBe(true)
  })

  let metricsOf: Metrics

  async function startArchive(more: Partial<ArchivePipelineDeps> & { store?: TestStore } = {}) {
    const store = more.store ?? createTestStore()
    const devices = createMemoryDeviceStore({ clock: systemClock })
    const described: DeviceDescription[] = []
    const deadLetters = more.deadLetters ?? createMemoryDeadLetterStore()
    const audit = createMemoryAuditStore({ clock: systemClock })
    let commits = 0
    metricsOf = more.metrics ?? createMetrics()
    const archive = createArchivePipeline({
      log: counting(log, () => {
        commits += 1
      }),
      readings: store,
      devices: {
        ...devices,
        describe: async (told) => {
          described.push(...told)
          await devices.describe(told)
        },
      },
      clock: systemClock,
      logger: silentLogger(),
      ...{ audit, alerts: createMemoryAlertStore({ audit }) },
      ...{ retentionDays: 400, alertRetentionDays: 400, auditRetentionDays: 400 },
      lingerMs: 5,
      ...more,
      metrics: metricsOf,
      deadLetters,
    })
    await archive.start(context)
    running.push(archive)
    return { archive, store, devices, described, deadLetters, commits: () => commits }
  }

  async function restart(more: Parameters<typeof startArchive>[0]) {
    for (const component of running.splice(0)) await component.stop()
    return startArchive(more)
  }

  async function everythingCommitted(): Promise<boolean> {
    const committed = await log.committed('archive', TOPICS.sensorsData)
    return (await log.ranges(TOPICS.sensorsData)).every(
      ({ partition, end }) => (committed.get(partition) ?? 0) === end,
    )
  }

  function append(
    deviceId: string,
    readings: ReadingsRecord['readings'],
    more: Partial<ReadingsRecord> = {},
  ) {
    const record: ReadingsRecord = { deviceId, receivedAt: at(0), readings, ...more }
    return log.append(TOPICS.sensorsData, deviceId, record)
  }

  function sendMany(count: number) {
    return Promise.all(Array.from({ length: count }, (_, n) => append(`d${n % 20}`, [reading('t', n, n)])))
  }
})

const START_MS = Date.parse('2026-01-01T00:00:00.000Z')
const context = { signal: new AbortController().signal, fail: () => {} }

function at(second: number): string {
  return new Date(START_MS + second * 1_000).toISOString()
}

function reading(sensorType: string, value: number, second: number, more = {}) {
  return { sensorType, value, ...more, timestamp: at(second) } as ReadingsRecord['readings'][number]
}

function letter(n: number): DeadLetterRecord {
  return { reason: 'not-json', detail: `number ${n}`, topic: 'sensor/data', receivedAt: at(n), payload: '{' }
}

interface TestStore extends ReadingStore {
  isAway: boolean
  readonly writes: number[]
  readonly droppedBefore: number[]
  rows(): StoredReading[]
}

/** The writing half of a store, which refuses whatever is called “poison”. */
function createTestStore(): TestStore {
  const rows = new Map<string, StoredReading>()
  const unused = () => Promise.reject(new Error('the archive only writes'))
  return {
    isAway: false,
    writes: [],
    droppedBefore: [],
    rows: () => [...rows.values()],
    async write(written) {
      await new Promise((resolve) => setImmediate(resolve))
      if (this.isAway) throw new StoreUnavailable('the store is away')
      if (written.some(({ sensorType }) => sensorType === 'poison')) throw new StoreRefused('not this')
      this.writes.push(written.length)
      const before = rows.size
      for (const row of written) {
        const key = `${row.deviceId} ${row.sensorType} ${row.timestampMs}`
        if (!rows.has(key)) rows.set(key, row)
      }
      return { inserted: rows.size - before, repeated: written.length - (rows.size - before), refused: 0 }
    },
    async dropBefore(beforeMs) {
      this.droppedBefore.push(beforeMs)
      return 0
    },
    read: unused,
    buckets: unused,
    latest: unused,
  }
}

/** The log, with its commits counted. */
function counting(log: ReturnType<typeof createMemoryEventLog>, onCommit: () => void): typeof log {
  return new Proxy(log, {
    get(target, name) {
      if (name !== 'subscribe') {
        const value = Reflect.get(target, name)
        return typeof value === 'function' ? value.bind(target) : value
      }
      return (consumer: Parameters<typeof log.subscribe>[0]) =>
        target.subscribe({
          ...consumer,
          onBatch: (batch, control) =>
            consumer.onBatch(batch, {
              signal: control.signal,
              isStale: control.isStale,
              commit: (nextOffset) => {
                onCommit()
                return control.commit(nextOffset)
              },
            }),
        })
    },
  })
}
