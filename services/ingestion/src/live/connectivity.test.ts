import {
  createInProcessBus,
  createMemoryAlertRuleStore,
  createMemoryDeviceStore,
  createMemoryEventLog,
  createMemorySnapshotStore,
  type MemoryEventLog,
} from '@iot/adapter-memory'
import {
  type AlertEvent,
  type AlertRuleRequest,
  type Reading,
  type StatusEvent,
  SYSTEM_ALERT_KEY,
  TOPICS,
} from '@iot/contracts'
import type { AlertRuleStore, DeviceState, DeviceStore, LiveBatch, SnapshotStore } from '@iot/ports'
import { type Component, createMetrics, silentLogger } from '@iot/runtime'
import { FakeClock, until } from '@iot/testkit'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { createLivePipeline, type LivePipelineDeps } from './pipeline.js'
import type { SystemWatchParts } from './system/all-checks.js'

const OFFLINE: AlertRuleRequest = { name: 'Device offline', noData: '15m', severity: 'warning' }
const MINUTE = 60_000

describe('what is noticed by itself', () => {
  let clock: FakeClock
  let log: MemoryEventLog
  let rules: AlertRuleStore
  let devices: DeviceStore
  let snapshots: SnapshotStore
  let running: Component[]
  /** what becomes of the live state on its way */
  let told: (states: DeviceState[]) => DeviceState[]

  beforeEach(async () => {
    clock = new FakeClock()
    log = createMemoryEventLog({ clock })
    await log.start(contextOf())
    devices = createMemoryDeviceStore({ clock })
    rules = createMemoryAlertRuleStore({ clock, devices })
    snapshots = createMemorySnapshotStore()
    running = []
    told = (states) => states
  })
  afterEach(async () => {
    for (const component of running.reverse()) await component.stop()
    await log.stop()
  })

  it('is that devices are offline after five of their usual intervals, with an alert until they are heard again', async () => {
    await rules.create(OFFLINE, 'anna')
    const live = await startLive()
    await speak(live, ['slow', 'quick'], 5, MINUTE)
    clock.advance(MINUTE)
    await speak(live, ['quick'], 4, MINUTE)
    expect(live.statuses('slow')).toEqual(['online'])
    clock.advance(MINUTE + 1)
    await until('the slow one is offline', () => live.statuses('slow').includes('offline'))
    await until('it is said', () => live.alerts().length === 1)
    expect(live.alerts()[0]).toMatchObject({
      ...{ deviceId: 'slow', type: 'connectivity', transition: 'opened', message: 'slow is offline' },
    })
    expect(live.statuses('quick')).toEqual(['online'])
    clock.advance(MINUTE)
    await speak(live, ['slow'], 1)
    await until('it is back', () => live.alerts().length === 2)
    expect(live.alerts()[1]).toMatchObject({ transition: 'closed', closeReason: 'cleared' })
    expect(live.statuses('slow')).toEqual(['online', 'offline', 'online'])
    expect((await statusRecords()).filter(({ cause }) => cause === 'silent')).toHaveLength(1)
  })

  it('is silence after three intervals where one is set, and none in maintenance', async () => {
    await devices.create({ deviceId: 'set', expectedIntervalMs: 20_000 })
    await devices.create({ deviceId: 'mended', expectedIntervalMs: 20_000 })
    const live = await startLive()
    await speak(live, ['set', 'mended'], 1)
    await tellStatus({ deviceId: 'mended', status: 'maintenance', cause: 'reported' })
    await until('that is known', () => live.statuses('mended').at(-1) === 'maintenance')
    clock.advance(59_000)
    await settled()
    expect(live.statuses('set')).toEqual(['online'])
    clock.advance(2_000)
    await until('it is offline', () => live.statuses('set').at(-1) === 'offline')
    await devices.change('mended', { expectedIntervalMs: 1_000 })
    clock.advance(10 * MINUTE)
    await settled()
    expect(live.statuses('mended')).toEqual(['online', 'maintenance'])
  })

  it('blames no device for what nobody heard, and what was learned of it outlives a restart', async () => {
    const first = await startLive()
    await speak(first, ['d'], 5, MINUTE)
    await first.pipeline.stop()
    clock.advance(60 * MINUTE)
    const second = await startLive()
    await settled()
    clock.advance(3 * MINUTE)
    await settled()
    expect(await silences()).toEqual([])
    clock.advance(2 * MINUTE + 1)
    await until('then it is silent', async () => (await silences()).length === 1)
    await until('and offline', () => second.statuses('d').at(-1) === 'offline')
  })

  it('takes devices for what they are when the word of their silence comes late or twice', async () => {
    const live = await startLive()
    await speak(live, ['d'], 1)
    const lastSeen = now()
    clock.advance(MINUTE)
    await speak(live, ['d'], 1)
    await tellStatus({ deviceId: 'd', status: 'offline', cause: 'silent', lastSeen })
    await tellStatus({ deviceId: 'd', status: 'offline', cause: 'silent', lastSeen: now() })
    await tellStatus({ deviceId: 'd', status: 'offline', cause: 'silent', lastSeen: now() })
    await tellStatus({ deviceId: 'unknown', status: 'offline', cause: 'silent', lastSeen: now() })
    await until('it is offline', () => live.statuses('d').length === 2)
    // It had come before, and was held up.
    const receivedAt = lastSeen
    const readings = [{ sensorType: 't', value: 1, timestamp: '2025-12-31T23:00:00.000Z' }]
    await log.append(TOPICS.sensorsData, 'd', { deviceId: 'd', receivedAt, readings })
    await until('it is back', () => live.statuses('d').at(-1) === 'online')
    expect(live.statuses('d')).toEqual(['online', 'offline', 'online'])
    expect(live.statuses('unknown')).toEqual([])
  })

  describe('a site', () => {
    const sensors = ['a', 'b', 'c'].map((name) => `${name}-1`)

    async function startSite(site = 'Hanoi'): Promise<Live> {
      await rules.create({ ...OFFLINE, severity: 'critical' }, 'anna')
      for (const deviceId of sensors) await devices.create({ deviceId, site })
      const live = await startLive({ sitesEveryMs: 5 })
      await speak(live, sensors, 5, 10_000)
      return live
    }

    /** A site is looked at again a little later only. */
    function untilSeen(what: string, isSo: () => boolean): Promise<boolean> {
      return until(what, () => {
        clock.advance(10)
        return isSo()
      })
    }

    const titles = (live: Live) =>
      live.alerts().map(({ transition, deviceId, site }) => `${transition} ${deviceId ?? site}`)

    it('that falls silent as a whole is one alert, and whoever stays away then has one of their own', async () => {
      const live = await startSite()
      await devices.create({ deviceId: 'never-heard', site: 'Hanoi' })
      clock.advance(61_000)
      await untilSeen('it is told', () => live.alerts().length === 1)
      expect(live.alerts()[0]).toMatchObject({
        ...{ type: 'connectivity', severity: 'critical', site: 'Hanoi', affectedDevices: 3, seq: 1 },
        message: 'All 3 devices at Hanoi are silent',
      })
      clock.advance(10 * MINUTE)
      await settled()
      expect(titles(live)).toEqual(['opened Hanoi'])
      await speak(live, ['b-1'], 1)
      await untilSeen('the site is back', () => live.alerts().length === 2)
      await speak(live, ['c-1'], 1)
      clock.advance(50_000)
      await settled()
      expect(titles(live)).toEqual(['opened Hanoi', 'closed Hanoi'])
      await speak(live, ['b-1', 'c-1'], 1)
      clock.advance(11_000)
      await untilSeen('one is missed', () => live.alerts().length === 3)
      expect(titles(live)[2]).toBe('opened a-1')
    })

    it('of which others still speak has an alert of the one that does not', async () => {
      const live = await startSite()
      for (let turn = 0; turn < 6; turn++) {
        clock.advance(10_000)
        await speak(live, ['b-1', 'c-1'], 1)
      }
      await until('it is offline', () => live.statuses('a-1').at(-1) === 'offline')
      await settled()
      expect(live.alerts()).toEqual([])
      clock.advance(11_000)
      await speak(live, ['c-1'], 1)
      await untilSeen('it is told', () => live.alerts().length === 1)
      expect(titles(live)).toEqual(['opened a-1'])
    })

    it('stays silent for as long as the live state is away, or has lost what it held', async () => {
      const live = await startSite()
      clock.advance(61_000)
      await untilSeen('it is told', () => live.alerts().length === 1)
      let asked = 0
      for (const isAway of [true, false]) {
        told = () => {
          asked += 1
          if (isAway) throw new Error('away')
          return []
        }
        const before = asked
        clock.advance(2 * MINUTE)
        await untilSeen('it has been looked for', () => asked > before + 2)
      }
      expect(titles(live)).toEqual(['opened Hanoi'])
      told = (states) => states
      await speak(live, ['b-1'], 1)
      await untilSeen('the site is back', () => titles(live).includes('closed Hanoi'))
    })

    it('is one alert over a restart, and none where nobody wants to be told or all moved away', async () => {
      const live = await startSite()
      clock.advance(61_000)
      await untilSeen('it is told', () => live.alerts().length === 1)
      await live.pipeline.stop()
      const second = await startLive({ sitesEveryMs: 5 })
      await settled()
      expect(second.alerts()).toEqual([])
      for (const deviceId of ['a-1', 'b-1']) await devices.change(deviceId, { site: 'Hue' })
      await untilSeen('the one left speaks for itself', () => titles(second).includes('closed Hanoi'))
      await untilSeen('the others are a site again', () => titles(second).includes('opened Hue'))
      const [rule] = await rules.list({ limit: 1 })
      await rules.remove(rule!.id)
      await untilSeen('nobody wants to know', () => titles(second).includes('closed Hue'))
    })
  })

  describe('a part of the system that is amiss', () => {
    let full: number
    let looks = 0
    const system: SystemWatchParts = {
      registry: { list: async () => [], lost: async () => [] },
      limits: { lagRecords: 100, stallMs: 30_000, deadLettersPerMinute: 10, diskPercent: 90 },
      async diskUse() {
        looks += 1
        return full
      },
    }

    /** Nobody but live runs here, so the others are told to have stopped. */
    function disk({ alerts }: Live): AlertEvent[] {
      return alerts().filter(({ ruleId }) => ruleId === 'system:disk')
    }

    /** It has looked and weighed what it saw. */
    async function looked(): Promise<void> {
      const before = looks
      await until('it has looked', () => looks > before + 2)
    }

    it('is told when it lasts, and after a restart that it is over', async () => {
      full = 95.5
      const live = await startLive({ system, watchEveryMs: 5 })
      await looked()
      clock.advance(14_000)
      await looked()
      expect(disk(live)).toEqual([])
      clock.advance(2_000)
      await until('it is told', () => disk(live).length === 1)
      expect(disk(live)[0]).toMatchObject({
        ...{ transition: 'opened', type: 'system', severity: 'critical', ruleId: 'system:disk', episode: 1 },
        ...{ affectedServices: ['data-ingestion', 'api-gateway'] },
        message: expect.stringContaining('95 % full'),
      })
      expect(disk(live)[0]).not.toHaveProperty('deviceId')
      await live.pipeline.stop()
      const second = await startLive({ system, watchEveryMs: 5 })
      clock.advance(60_000)
      await looked()
      full = 89
      await looked()
      clock.advance(16_000)
      await looked()
      expect(disk(second)).toEqual([])
      full = 50
      await looked()
      clock.advance(16_000)
      await until('it is over', () => disk(second).length === 1)
      expect(disk(second)[0]).toMatchObject({ transition: 'closed', closeReason: 'cleared' })
    })

    it('is told again only after it has been well, where somebody has resolved it', async () => {
      full = 95
      const live = await startLive({ system, watchEveryMs: 5 })
      await looked()
      clock.advance(16_000)
      await until('it is told', () => disk(live).length === 1)
      const { alertId } = disk(live)[0]!
      const action = { actionId: 'a', alertId, key: SYSTEM_ALERT_KEY, action: 'resolve', by: 'anna' }
      await log.append(TOPICS.alertActions, SYSTEM_ALERT_KEY, { ...action, timestamp: now() })
      await until('it is resolved', () => disk(live).length === 2)
      clock.advance(60_000)
      await looked()
      expect(disk(live)).toHaveLength(2)
      full = 50
      await looked()
      full = 95
      await looked()
      clock.advance(16_000)
      await until('it is told again', () => disk(live).length === 3)
      expect(disk(live)[2]).toMatchObject({ transition: 'opened', episode: 2 })
    })
  })

  type Live = Awaited<ReturnType<typeof startLive>>

  async function startLive(more: Partial<LivePipelineDeps> = {}) {
    const logger = silentLogger()
    const bus = createInProcessBus({ clock, logger, windowBytes: 4_000_000 })
    const batches: LiveBatch[] = []
    await bus.subscribe({ onBatch: (batch) => void batches.push(batch) })
    const pipeline = createLivePipeline({
      ...(more.sitesEveryMs && { state: { get: async (ids) => told(await bus.get(ids)) } }),
      ...{ log, snapshots, rules, devices, clock, logger, bus, metrics: createMetrics(), maxDevices: 100 },
      ...{ lingerMs: 1, commitEveryMs: 1, rulesEveryMs: 5, tickEveryMs: 5 },
      ...more,
    })
    await pipeline.start(contextOf())
    running.push(pipeline)
    const bodies = <Body>(kind: LiveBatch['kind']) =>
      batches
        .filter((batch) => batch.kind === kind)
        .flatMap(({ entries }) => entries.map(({ json }) => JSON.parse(json) as Body))
    return {
      ...{ bus, pipeline },
      readings: () => bodies<Reading>('readings'),
      alerts: () => bodies<AlertEvent>('alerts'),
      statuses: (deviceId: string) =>
        bodies<StatusEvent>('status')
          .filter((event) => event.deviceId === deviceId)
          .map(({ status }) => status),
    }
  }

  /** Each of them speaks so many times, `everyMs` apart; the first time now. All is known when this resolves. */
  async function speak(live: Live, deviceIds: readonly string[], count: number, everyMs = 0): Promise<void> {
    for (let done = 0; done < count; done++) {
      if (done > 0) clock.advance(everyMs)
      const shown = live.readings().length
      const receivedAt = now()
      for (const deviceId of deviceIds) {
        const readings = [{ sensorType: 't', value: 1, timestamp: receivedAt }]
        await log.append(TOPICS.sensorsData, deviceId, { deviceId, receivedAt, readings })
      }
      await until('it is shown', () => live.readings().length === shown + deviceIds.length)
    }
    await until('they are online', () => deviceIds.every((id) => live.statuses(id).at(-1) === 'online'))
  }

  async function tellStatus(record: {
    deviceId: string
    status: string
    cause: string
    lastSeen?: string
  }): Promise<void> {
    await log.append(TOPICS.deviceStatus, record.deviceId, { ...record, timestamp: now() })
  }

  async function statusRecords() {
    const all = await Promise.all(
      (await log.ranges(TOPICS.deviceStatus)).map(({ partition }) =>
        log.read<{ deviceId: string; cause: string }>(TOPICS.deviceStatus, partition, 0, {
          ...{ maxRecords: 1_000, maxBytes: 10_000_000 },
        }),
      ),
    )
    return all.flat().map(({ value }) => value)
  }

  async function silences() {
    return (await statusRecords()).filter(({ cause }) => cause === 'silent')
  }

  function now(): string {
    return new Date(clock.nowMs()).toISOString()
  }

  /** The pipelines have looked at the clock and at the rules since. */
  async function settled(): Promise<void> {
    const { version } = rules
    let asked = 0
    rules.version = () => {
      asked += 1
      return version()
    }
    await until('the rules have been asked for', () => asked > 3)
    rules.version = version
  }
})

function contextOf() {
  return { signal: new AbortController().signal, fail: () => {} }
}
