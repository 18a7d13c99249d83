import {
  createInProcessBus,
  createMemoryAlertRuleStore,
  createMemoryDeviceStore,
  createMemoryEventLog,
  createMemorySnapshotStore,
  type InProcessBus,
  type MemoryEventLog,
} from '@iot/adapter-memory'
import {
  type Alert,
  type AlertActionRecord,
  type AlertEvent,
  type AlertRecord,
  type AlertRuleRequest,
  alertSlot,
  PARTITIONS,
  partitionOf,
  type Reading,
  type StatusRecord,
  TOPICS,
  transitionCounts,
} from '@iot/contracts'
import {
  type AlertRuleStore,
  type DeviceStore,
  type EventLog,
  type LiveBatch,
  LogError,
  type SnapshotStore,
} from '@iot/ports'
import { type Component, createMetrics, silentLogger } from '@iot/runtime'
import { FakeClock, until } from '@iot/testkit'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { createLivePipeline, type LivePipelineDeps } from '../pipeline.js'

const DEVICE = 'd1'
const HOT: AlertRuleRequest = { name: 'hot', sensorType: 't', operator: '>', value: 50, severity: 'critical' }

describe('alerts of the live pipeline', () => {
  let clock: FakeClock
  let log: MemoryEventLog
  let rules: AlertRuleStore
  let devices: DeviceStore
  let snapshots: SnapshotStore
  let running: Component[]
  let sent: number

  beforeEach(async () => {
    clock = new FakeClock()
    log = createMemoryEventLog({ clock })
    await log.start(contextOf())
    devices = createMemoryDeviceStore({ clock })
    rules = createMemoryAlertRuleStore({ clock, devices })
    snapshots = createMemorySnapshotStore()
    running = []
    sent = 0
  })
  afterEach(async () => {
    for (const component of running.reverse()) await component.stop()
    await log.stop()
  })

  it('opens and closes once, says so on the bus, and readings are as bad as it is', async () => {
    await devices.create({ deviceId: DEVICE, name: 'Boiler', site: 'Hall' })
    const rule = await rules.create({ ...HOT, message: '{device} at {value}' }, 'anna')
    const live = await startLive()
    for (const value of [40, 60, 70, 45, 44]) await tell(value)
    await until('it has closed', () => live.events().length === 2)
    await until('all are shown', () => live.readings().length === 5)
    expect(live.events()).toMatchObject([
      {
        ...{ transition: 'opened', state: 'open', deviceId: DEVICE, site: 'Hall', sensorType: 't' },
        ...{ type: 'threshold', severity: 'critical', ruleId: rule!.id, ruleName: 'hot', episode: 1, seq: 1 },
        ...{ threshold: { operator: '>', value: 50, current: 60 }, openedAt: at(2) },
        message: 'Boiler at 60',
        position: { partition: partitionOf(DEVICE, PARTITIONS), offset: 0 },
      },
      { transition: 'closed', state: 'closed', closeReason: 'cleared', closedAt: at(4), seq: 2 },
    ])
    expect(live.readings().map(({ status }) => status)).toEqual([
      ...['normal', 'critical', 'critical', 'normal', 'normal'],
    ])
    expect(await transitions()).toEqual(['opened 60', 'closed 60'])
  })

  it('commits a reading only when what it decided is in the log', async () => {
    await rules.create(HOT, 'anna')
    const mortal = createMortal(log, snapshots)
    const live = await startLive(mortal.deps)
    await tell(40)
    await until('the first is committed', async () => (await committed()) === 1)
    mortal.hold()
    await tell(60)
    await tell(61)
    await until('they are shown', () => live.readings().length === 3)
    await until('one waits for its decision', async () => (await committed()) === 1 && mortal.held() === 1)
    mortal.release()
    await until('all are committed', async () => (await committed()) === 3)
  })

  it('decides nothing twice and leaves nothing out, wherever it is killed', async () => {
    await rules.create(HOT, 'anna')
    await rules.create({ ...HOT, name: 'long', for: '3s', severity: 'warning' }, 'anna')
    const values = [40, 60, 61, 45, 70, 71, 72, 73, 74, 40, 55, 45]
    const first = await startLive()
    for (const value of values) await tell(value)
    await until('all is decided', async () => (await transitions()).length === 8)
    await first.pipeline.stop()
    const wanted = await transitions()

    for (const [operations, place] of [
      [1, 'before'],
      [1, 'after'],
      [4, 'before'],
      [5, 'after'],
      [8, 'after'],
      [11, 'before'],
      [14, 'after'],
    ] as const) {
      await renew()
      const mortal = createMortal(log, snapshots, { operations, place })
      const killed = await startLive({ ...mortal.deps, snapshotEveryMs: 5 })
      for (const value of values) await tell(value)
      await until(
        'it is dead, or has nothing more to do',
        async () => mortal.isDead() || (await transitions()).length === 8,
      )
      mortal.kill()
      await killed.pipeline.stop()
      const second = await startLive()
      await tell(44)
      await until('all has been worked in', async () => (await committed()) === values.length + 1)
      await until('all is decided', async () => (await transitions()).length === wanted.length)
      expect(await transitions()).toEqual(wanted)
      await second.pipeline.stop()
    }
  })

  it('decides nothing twice though more has closed since than is kept in full', async () => {
    for (let at = 0; at < 1_010; at++) await rules.create({ ...HOT, name: `hot ${at}` }, 'anna')
    const ended = async () => {
      const ranges = await log.ranges(TOPICS.alerts)
      return ranges.find(({ partition }) => partition === partitionOf(DEVICE, PARTITIONS))!.end
    }
    const { subscribe } = log
    const forgetful: EventLog = {
      ...inGroup(log, 'live'),
      // What it has decided is committed; by which readings, not yet.
      subscribe: (consumer) =>
        subscribe.call(log, {
          ...consumer,
          onBatch: (batch, { signal, isStale, commit }) =>
            consumer.onBatch(batch, {
              ...{ signal, isStale },
              commit: batch.topic === TOPICS.sensorsData.name ? async () => {} : commit,
            }),
        }),
    }
    const first = await startLive({ log: forgetful, snapshots: createMemorySnapshotStore() })
    for (const value of [60, 40]) await tell(value)
    await until('all have closed', () => first.events().length === 2_020)
    await first.pipeline.stop()
    await startLive()
    await tell(30)
    await until('all is read again', async () => (await committed()) === 3)
    expect(await ended()).toBe(2_020)
  })

  it('counts once what two members decide at once', async () => {
    await rules.create(HOT, 'anna')
    const one = await startLive()
    // Of another group: as a member that has not heard yet that its partitions are gone.
    const other = await startLive({ log: inGroup(log, 'zombie'), snapshots: createMemorySnapshotStore() })
    for (const value of [60, 40, 60, 61, 40, 41, 60, 40]) await tell(value)
    await until('both have read all', () => one.readings().length === 8 && other.readings().length === 8)
    await until(
      'all has closed',
      async () => (await transitions()).at(-1) === 'closed 60' && (await transitions()).length >= 6,
    )
    await settled()
    expect(await transitions()).toEqual([
      'opened 60',
      'closed 60',
      'opened 60',
      'closed 60',
      'opened 60',
      'closed 60',
    ])
    expect(one.events().map(({ transition }) => transition)).toEqual(
      other.events().map(({ transition }) => transition),
    )
  })

  it('decides each episode once while members come and go', async () => {
    await rules.create(HOT, 'anna')
    const deviceIds = Array.from({ length: 30 }, (_, n) => `device-${n}`)
    const first = await startLive()
    const shared = { bus: first.bus }
    let seconds = 0
    async function tellAll(value: number): Promise<void> {
      seconds += 1
      const second = seconds
      for (const deviceId of deviceIds) await tell(value, second, deviceId)
    }
    await tellAll(60)
    const [second] = await Promise.all([startLive(shared), tellAll(40)])
    await tellAll(70)
    await Promise.all([first.pipeline.stop(), tellAll(40), tellAll(80)])
    await startLive(shared)
    await tellAll(40)
    await until('all have closed', () => first.events().length >= deviceIds.length * 6)
    await settled()
    for (const deviceId of deviceIds) {
      const own = first.events().filter((event) => event.deviceId === deviceId)
      expect(own.map(({ transition, episode }) => `${transition} ${episode}`)).toEqual([
        ...['opened 1', 'closed 1', 'opened 2', 'closed 2', 'opened 3', 'closed 3'],
      ])
    }
    expect(second.pipeline.health?.()).toEqual({ status: 'healthy' })
  })

  describe('rules', () => {
    it('are in force for a sensor that says nothing, and settle their alerts when they change or go', async () => {
      const live = await startLive()
      await tell(60)
      await until('it is shown', () => live.readings().length === 1)
      const rule = await rules.create(HOT, 'anna')
      await until('it opens', () => live.events().length === 1)
      await until(
        'its last reading is as bad',
        async () => (await live.bus.get([DEVICE]))[0]!.readings[0]!.status === 'critical',
      )

      await rules.replace(rule!.id, { ...HOT, severity: 'warning' }, 'anna')
      await until('another opens', () => live.events().length === 3)
      await rules.replace(rule!.id, { ...HOT, enabled: false }, 'anna')
      await until('that is closed', () => live.events().length === 4)
      await rules.replace(rule!.id, HOT, 'anna')
      await until('it is opened again', () => live.events().length === 5)
      await rules.remove(rule!.id)
      await until('it is closed for good', () => live.events().length === 6)
      expect(live.events().map(({ transition, closeReason }) => closeReason ?? transition)).toEqual([
        ...['opened', 'rule changed', 'opened', 'rule changed', 'opened', 'rule removed'],
      ])
      await until(
        'its last reading is normal',
        async () => (await live.bus.get([DEVICE]))[0]!.readings[0]!.status === 'normal',
      )
    })

    it('mind where a device is, and maintenance', async () => {
      await devices.create({ deviceId: DEVICE, site: 'Hall' })
      await rules.create({ ...HOT, site: 'Yard' }, 'anna')
      const live = await startLive()
      await tell(60)
      await until('it is shown', () => live.readings().length === 1)
      await devices.change(DEVICE, { site: 'Yard' })
      await until('it opens at its new site', () => live.events().length === 1)
      await devices.change(DEVICE, { site: 'Hall' })
      await until('and closes when it leaves', () => live.events().length === 2)
      const window = { site: 'Yard', from: at(0), to: at(1_000) }
      await rules.createWindow(window, 'anna')
      await devices.change(DEVICE, { site: 'Yard' })
      await settled()
      await tell(61)
      await until('it is shown', () => live.readings().length === 2)
      clock.set(at(2_000))
      await tell(62, 2_000)
      await until('it opens when that is over', () => live.events().length === 3)
      expect(live.readings().map(({ status }) => status)).toEqual(['normal', 'normal', 'critical'])
    })

    it('stay in force as they were known, also over a start, while the database is away', async () => {
      await rules.create(HOT, 'anna')
      const first = await startLive()
      await tell(60)
      await until('it opens', () => first.events().length === 1)
      await first.pipeline.stop()
      const away = async () => {
        throw new Error('the database is away')
      }
      const second = await startLive({ rules: { list: away, listWindows: away, version: away } })
      await tell(40)
      await until('it closes', () => second.events().some(({ transition }) => transition === 'closed'))
    })
  })

  it('shows the past again as bad as it was, where the bus has forgotten', async () => {
    await rules.create(HOT, 'anna')
    const first = await startLive()
    for (const value of [40, 60, 61, 45, 70]) await tell(value)
    await until('all is shown', () => first.readings().length === 5 && first.events().length === 3)
    await until('all is committed', async () => (await committed()) === 5)
    const was = await windowOf(first.bus)
    await first.pipeline.stop()
    const second = await startLive()
    expect(await windowOf(second.bus)).toEqual(was)
    expect((await second.bus.get([DEVICE]))[0]!.readings[0]!.status).toBe('critical')
    expect(second.events()).toEqual([])
  })

  it('is not moved by what comes late, and alarms once for a value that is sent twice', async () => {
    await rules.create(HOT, 'anna')
    const live = await startLive()
    await tell(60, 10)
    await tell(60, 10)
    await tell(40, 5)
    await tell(61, 20)
    await tell(45, 30)
    await tell(70, 25)
    await until('all are shown', () => live.readings().length === 5)
    await until('it has closed', () => live.events().length === 2)
    expect(live.readings().map(({ status }) => status)).toEqual([
      ...['critical', 'critical', 'critical', 'normal', 'normal'],
    ])
    expect(await transitions()).toEqual(['opened 60', 'closed 60'])
  })

  describe('people', () => {
    it('are told who was first, and one request is one however often it comes', async () => {
      await rules.create(HOT, 'anna')
      const live = await startLive()
      await tell(60)
      const [opened] = await until('it opens', () => live.events().length === 1 && live.events())
      await act(opened!, 'acknowledge', 'anna', 'a1')
      await act(opened!, 'acknowledge', 'bert', 'b1')
      await act(opened!, 'acknowledge', 'anna', 'a1')
      await act({ ...opened!, alertId: 'unknown' }, 'resolve', 'bert', 'b2')
      await act(opened!, 'comment', 'bert', 'b3', { comment: 'a fan has stopped' })
      await until('the comment is there', () => live.events().length === 3)
      expect(live.events().slice(1)).toMatchObject([
        { transition: 'acknowledged', by: 'anna', state: 'acknowledged', acknowledgedBy: 'anna', seq: 2 },
        { transition: 'commented', by: 'bert', comment: 'a fan has stopped', seq: 3 },
      ])
      await until('the requests are committed', async () => {
        const next = await log.committed('live', TOPICS.alertActions)
        return next.get(partitionOf(DEVICE, PARTITIONS)) === 5
      })
      const refusals = (await records()).filter(({ kind }) => kind === 'refused')
      expect(refusals).toMatchObject([
        { actionId: 'b1', message: 'Already acknowledged by anna' },
        { actionId: 'b2', message: 'It is over, and nothing can be added to it any more' },
      ])

      await live.pipeline.stop()
      const second = await startLive()
      await act(opened!, 'comment', 'bert', 'b3', { comment: 'a fan has stopped' })
      await act(opened!, 'comment', 'bert', 'b4', { comment: 'it runs' })
      await until('the other comment is shown', () => second.events().length > 0)
      expect(second.events()).toMatchObject([{ comment: 'it runs' }])
      expect(await transitions()).toHaveLength(4)
    })

    it('resolve an alert, which then waits until its condition has cleared once, over a restart too', async () => {
      await rules.create(HOT, 'anna')
      const live = await startLive()
      await tell(60)
      const [opened] = await until('it opens', () => live.events().length === 1 && live.events())
      await act(opened!, 'resolve', 'anna', 'a1')
      await until('it is closed', () => live.events().length === 2)
      await tell(61)
      await until('it is shown', () => live.readings().length === 2)
      expect(live.readings()[1]!.status).toBe('normal')
      await live.pipeline.stop()
      const second = await startLive()
      for (const value of [62, 40, 63]) await tell(value)
      await until('it opens again', () => second.events().some(({ episode }) => episode === 2))
      expect(await transitions()).toEqual(['opened 60', 'closed 60', 'opened 63'])
    })

    it('put an alert aside until a time', async () => {
      await rules.create(HOT, 'anna')
      const live = await startLive()
      await tell(60)
      const [opened] = await until('it opens', () => live.events().length === 1 && live.events())
      await act(opened!, 'shelve', 'anna', 'a1', { until: at(60) })
      await until('it is put aside', () => live.events().length === 2)
      await live.pipeline.stop()
      const second = await startLive()
      clock.set(at(61))
      await until('it is back', async () => (await transitions()).length === 3)
      await until('that is shown', () => second.events().length > 0)
      expect(second.events().at(-1)).toMatchObject({ transition: 'unshelved', state: 'open' })
    })
  })

  describe('time', () => {
    it('opens what has held for long enough though nothing more comes', async () => {
      await rules.create({ ...HOT, for: '1m' }, 'anna')
      const live = await startLive()
      await tell(60)
      await until('it is shown', () => live.readings().length === 1)
      clock.advance(59_000)
      await settled()
      expect(live.events()).toEqual([])
      clock.advance(2_000)
      await until('it opens', () => live.events().length === 1)
      await until(
        'its reading says so',
        async () => (await live.bus.get([DEVICE]))[0]!.readings[0]!.status === 'critical',
      )
    })

    it('closes what flaps when it has been calm, and not before', async () => {
      await rules.create(HOT, 'anna')
      const live = await startLive()
      for (let turn = 0; turn < 4; turn++) {
        await tell(60)
        await tell(40)
      }
      await until('it is open for the fourth time', () => live.events().length === 7)
      expect(live.events().at(-1)).toMatchObject({ transition: 'opened', episode: 4, flapping: true })
      await until('all are shown', () => live.readings().length === 8)
      expect(live.readings().at(-1)!.status).toBe('critical')
      clock.advance(299_000)
      await settled()
      expect(live.events()).toHaveLength(7)
      clock.advance(2_000)
      await until('it closes', () => live.events().length === 8)
    })

    it('calls no silence while it lags behind the log, nor for the time in which nobody listened', async () => {
      await rules.create({ name: 'silent', sensorType: 't', noData: '1m', severity: 'warning' }, 'anna')
      const mortal = createMortal(log, snapshots)
      const live = await startLive(mortal.deps)
      await tell(1)
      await until('it is shown', () => live.readings().length === 1)
      mortal.pause()
      clock.advance(50_000)
      await tell(2, 50)
      clock.advance(50_000)
      await settled()
      expect(await records()).toEqual([])
      mortal.goOn()
      await until('it has caught up', () => live.readings().length === 2)
      await settled()
      expect(await records()).toEqual([])
      await live.pipeline.stop()

      clock.advance(3_600_000)
      const second = await startLive()
      await settled()
      expect(await records()).toEqual([])
      clock.advance(61_000)
      await until('then it is silent', () => second.events().length === 1)
      expect(second.events()[0]).toMatchObject({ type: 'connectivity', message: 'T: no data for 1m' })
      await tell(3, 4_000)
      await until('and is back', () => second.events().length === 2)
    })
  })

  describe('a device', () => {
    it('that says goodbye is offline until it is back, each time once', async () => {
      await rules.create({ name: 'offline', noData: '5m', severity: 'warning' }, 'anna')
      const live = await startLive()
      await tell(1)
      for (const status of ['offline', 'online', 'offline', 'online'] as const) await report(status)
      await until('it is back twice', () => live.events().length === 4)
      expect(live.events().map(({ transition }) => transition)).toEqual([
        'opened',
        'closed',
        'opened',
        'closed',
      ])
      expect(new Set(live.events().map(({ alertId }) => alertId)).size).toBe(2)
      expect(live.events()[0]).toMatchObject({ type: 'connectivity', message: 'd1 is offline' })
    })

    it('that is removed takes its alerts along', async () => {
      await rules.create(HOT, 'anna')
      const live = await startLive()
      await tell(60)
      await until('it opens', () => live.events().length === 1)
      clock.advance(60_000)
      await report('offline', 'removed')
      await until('it is closed', () => live.events().length === 2)
      expect(live.events()[1]).toMatchObject({ closeReason: 'device removed' })
    })
  })

  async function renew(): Promise<void> {
    await log.stop()
    log = createMemoryEventLog({ clock })
    await log.start(contextOf())
    snapshots = createMemorySnapshotStore()
    sent = 0
  }

  async function startLive(more: Partial<LivePipelineDeps> = {}) {
    const logger = silentLogger()
    const bus = (more.bus as InProcessBus) ?? createInProcessBus({ clock, logger, windowBytes: 4_000_000 })
    const batches: LiveBatch[] = []
    await bus.subscribe({ onBatch: (batch) => void batches.push(batch) })
    const pipeline = createLivePipeline({
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
      events: () => bodies<AlertEvent>('alerts'),
    }
  }

  async function windowOf(bus: InProcessBus): Promise<string[]> {
    const partition = partitionOf(DEVICE, PARTITIONS)
    const slices = await Promise.all(
      (['readings', 'alerts'] as const).map((kind) => bus.window(kind, partition, -1, log.epoch)),
    )
    return slices.flatMap(({ batches }) => batches.flatMap(({ entries }) => entries.map(({ json }) => json)))
  }

  /** A reading, a second after the one before, that arrives now. */
  async function tell(value: number, second?: number, deviceId = DEVICE): Promise<void> {
    sent = second ?? sent + 1
    const receivedAt = new Date(clock.nowMs()).toISOString()
    const readings = [{ sensorType: 't', value, timestamp: at(sent) }]
    await log.append(TOPICS.sensorsData, deviceId, { deviceId, receivedAt, readings })
  }

  async function report(
    status: StatusRecord['status'],
    cause: StatusRecord['cause'] = 'reported',
  ): Promise<void> {
    clock.advance(1_000)
    const timestamp = new Date(clock.nowMs()).toISOString()
    await log.append(TOPICS.deviceStatus, DEVICE, { deviceId: DEVICE, status, timestamp, cause })
  }

  async function act(
    { alertId }: Alert,
    action: AlertActionRecord['action'],
    by: string,
    actionId: string,
    more: Partial<AlertActionRecord> = {},
  ): Promise<void> {
    const record = { actionId, alertId, key: DEVICE, action, by, timestamp: at(0), ...more }
    await log.append(TOPICS.alertActions, DEVICE, record)
  }

  async function records(): Promise<AlertRecord[]> {
    const read = await log.read<AlertRecord>(TOPICS.alerts, partitionOf(DEVICE, PARTITIONS), 0, {
      ...{ maxRecords: 1_000, maxBytes: 10_000_000 },
    })
    return read.map(({ value }) => value)
  }

  /** What counts in the log, as everybody reads it. */
  async function transitions(): Promise<string[]> {
    const newest = new Map<string, Alert>()
    const counted: string[] = []
    for (const record of await records()) {
      if (record.kind !== 'transition') continue
      const slot = alertSlot(record.alert.ruleId, record.key, record.alert.sensorType)
      if (!transitionCounts(newest.get(slot), record)) continue
      newest.set(slot, record.alert)
      counted.push(`${record.transition} ${record.alert.threshold?.current}`)
    }
    return counted
  }

  async function committed(): Promise<number> {
    return (await log.committed('live', TOPICS.sensorsData)).get(partitionOf(DEVICE, PARTITIONS))!
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

const START_MS = Date.parse('2026-01-01T00:00:00.000Z')

function at(second: number): string {
  return new Date(START_MS + second * 1_000).toISOString()
}

function contextOf() {
  return { signal: new AbortController().signal, fail: () => {} }
}

/** A log and snapshots as a process has them that may stand still, or end at once. */
function createMortal(
  log: EventLog,
  snapshots: SnapshotStore,
  /** at which of the records and commits it ends, and whether that still takes effect */
  death?: { operations: number; place: 'before' | 'after' },
) {
  let isDead = false
  let operations = 0
  let held = 0
  let isHeld = false
  let isPaused = false
  const closed = () => new LogError('LOG_CLOSED', 'the process has ended')

  async function operate<Answer>(work: () => Promise<Answer>): Promise<Answer> {
    held += 1
    await until('it goes on', () => !isHeld)
    held -= 1
    operations += 1
    if (isDead) throw closed()
    if (operations !== death?.operations) return work()
    isDead = true
    if (death.place === 'after') await work()
    throw closed()
  }

  const mortal: EventLog = {
    epoch: log.epoch,
    read: log.read.bind(log),
    ranges: log.ranges.bind(log),
    committed: log.committed.bind(log),
    append: (topic, key, value) =>
      topic === TOPICS.alerts ? operate(() => log.append(topic, key, value)) : log.append(topic, key, value),
    subscribe: (consumer) =>
      log.subscribe({
        ...consumer,
        async onBatch(batch, control) {
          await until('it goes on', () => !isPaused)
          const { signal, isStale } = control
          const commit = (next: number) =>
            isHeld ? control.commit(next) : operate(() => control.commit(next))
          await consumer.onBatch(batch, { signal, isStale, commit })
        },
      }),
  }
  return {
    deps: {
      log: mortal,
      snapshots: {
        load: snapshots.load,
        save: async (...kept: Parameters<SnapshotStore['save']>) => !isDead && snapshots.save(...kept),
      },
    },
    isDead: () => isDead,
    kill: () => {
      isDead = true
    },
    held: () => held,
    hold: () => {
      isHeld = true
    },
    release: () => {
      isHeld = false
    },
    pause: () => {
      isPaused = true
    },
    goOn: () => {
      isPaused = false
    },
  }
}

/** The same log, read by another group. */
function inGroup(log: EventLog, group: string): EventLog {
  return {
    epoch: log.epoch,
    append: log.append.bind(log),
    read: log.read.bind(log),
    ranges: log.ranges.bind(log),
    committed: (_, topic) => log.committed(group, topic),
    subscribe: (consumer) => log.subscribe({ ...consumer, group }),
  }
}
