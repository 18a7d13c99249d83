import {
  createMemoryChannelStore,
  createMemoryEventLog,
  createMemoryFleetChannel,
  createMemoryNotificationStore,
  createMemoryUserStore,
} from '@iot/adapter-memory'
import { type AlertRecord, TOPICS } from '@iot/contracts'
import {
  type AlertSender,
  type ChannelFields,
  type ChannelStore,
  type FleetMessage,
  type OutgoingMessage,
  type SendOutcome,
  StoreUnavailable,
} from '@iot/ports'
import { createMetrics, silentLogger } from '@iot/runtime'
import { FakeClock, until } from '@iot/testkit'
import { afterEach, describe, expect, it } from '@jest/globals'
import { createNotifyPipeline } from './pipeline.js'
import { transitionOf } from './testing/transitions.js'

const context = { signal: new AbortController().signal, fail: () => {} }
const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

const WEBHOOK: ChannelFields = {
  name: 'Shift',
  kind: 'webhook',
  enabled: true,
  settings: { url: 'https://hooks.example', secret: '0123456789abcdef' },
  route: {},
  group: '10s',
  quietCritical: false,
}

/** A pipeline on memory adapters, with a receiver that answers as `answer` does. */
async function open(answer: () => SendOutcome | Promise<SendOutcome> = () => ({ ok: true })) {
  const clock = new FakeClock()
  const logger = silentLogger()
  const log = createMemoryEventLog({ clock })
  await log.start(context)
  closing.push(() => log.stop())
  const users = createMemoryUserStore({ clock })
  const admin = (await users.create({ username: 'root', role: 'admin', passwordHash: 'x' }))!
  const notifications = createMemoryNotificationStore({ clock, users })
  const channel = createMemoryFleetChannel({ logger, metrics: createMetrics() })
  const words: FleetMessage[] = []
  channel.listen((message) => words.push(message))
  const store = createMemoryChannelStore()
  const sent: OutgoingMessage[] = []
  const sender: AlertSender = {
    async send(message) {
      sent.push(message)
      return await answer()
    },
  }

  async function start(channels: ChannelStore = store) {
    const deps = { log, channels, sender, notifications, channel, clock, logger, metrics: createMetrics() }
    const pipeline = createNotifyPipeline({ ...deps, everyMs: 5, random: () => 0.5 })
    await pipeline.start(context)
    closing.push(async () => pipeline.stop())
    return pipeline
  }

  return {
    clock,
    log,
    store,
    sent,
    words,
    start,
    append: (record: AlertRecord) => log.append(TOPICS.alerts, record.key, record),
    addChannel: async (more: Partial<ChannelFields> = {}) =>
      (await store.create({ ...WEBHOOK, ...more }, 'root', clock.nowMs()))!.id,
    notices: async () => (await notifications.list({ userId: admin.id, limit: 9 })).map(({ title }) => title),
    deliveries: (channelId: string) => store.deliveries({ channelId, limit: 100 }),
    /** until the log has nothing that was not worked in */
    async settled() {
      await until('all is committed', async () => {
        const committed = await log.committed('notify', TOPICS.alerts)
        return (await log.ranges(TOPICS.alerts)).every(
          ({ partition, end }) => (committed.get(partition) ?? 0) === end,
        )
      })
    },
  }
}

const contents = (message: OutgoingMessage) => message.alerts.map(({ alertId, seq }) => `${alertId} ${seq}`)

describe('alerts to people', () => {
  it('gathers what counts into one message per channel, and sends it once it is due', async () => {
    const world = await open()
    const channelId = await world.addChannel()
    const critical = await world.addChannel({ route: { severities: ['critical'] } })
    await world.start()
    await world.append(transitionOf('a', 1, 'opened'))
    await world.append({
      kind: 'refused',
      key: 'd1',
      actionId: 'x',
      alertId: 'a',
      timestamp: '2026-01-01T00:00:00.000Z',
      message: 'It is closed',
    })
    await world.append(transitionOf('b', 1, 'opened'))
    await world.append(transitionOf('a', 2, 'acknowledged'))
    await world.append(transitionOf('a', 2, 'closed'))
    await world.append(transitionOf('a', 3, 'closed'))
    await world.settled()
    expect(world.sent).toEqual([])
    world.clock.advance(10_000)
    await until('it is sent', async () => (await world.deliveries(channelId))[0]!.state === 'sent')
    expect(world.sent.map(contents)).toEqual([['a 1', 'b 1', 'a 3']])
    expect(world.sent[0]!.alerts[2]).toMatchObject({ transition: 'closed', message: 'Too hot' })
    expect(await world.deliveries(critical)).toEqual([])
  })

  it('sends nothing twice where records come again', async () => {
    const world = await open()
    const channelId = await world.addChannel()
    const first = await world.start()
    const records = [transitionOf('a', 1, 'opened'), transitionOf('a', 2, 'closed')]
    for (const record of records) await world.append(record)
    await world.settled()
    world.clock.advance(10_000)
    await until('it is sent', async () => (await world.deliveries(channelId))[0]!.state === 'sent')
    await first.stop()
    for (const record of records) await world.append(record)
    await world.append(transitionOf('b', 1, 'opened'))
    await world.start()
    await world.settled()
    world.clock.advance(10_000)
    await until('b is sent', () => world.sent.length === 2)
    expect(world.sent.map(contents)).toEqual([['a 1', 'a 2'], ['b 1']])
  })

  it('tries again with the same key, gives up in the end, and tells administrators once', async () => {
    let isUp = false
    const world = await open(() => (isUp ? { ok: true } : { ok: false, error: 'Nobody listens there' }))
    const channelId = await world.addChannel()
    await world.start()
    const send = async (alertId: string, attempts: number, state: string) => {
      await world.append(transitionOf(alertId, 1, 'opened'))
      await world.settled()
      world.clock.advance(10_000)
      for (let attempt = 1; attempt <= attempts; attempt++) {
        await until('it is tried', async () => {
          const [newest] = await world.deliveries(channelId)
          return newest!.attempts === attempt && (newest!.nextMs ?? Infinity) > world.clock.nowMs()
        })
        world.clock.advance(900_000)
      }
      await until(state, async () => (await world.deliveries(channelId))[0]!.state === state)
    }
    await send('a', 8, 'dead')
    expect(new Set(world.sent.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(1)
    expect(world.sent).toHaveLength(8)
    await until('they are told', async () => (await world.notices()).length === 1)
    await until('who is connected is told', () => world.words.length === 1)
    expect(world.words[0]).toMatchObject({
      kind: 'notification',
      notification: {
        type: 'error',
        to: { role: 'admin' },
        message: expect.stringMatching(/“Shift” \(webhook\) fails: .* Why: Nobody listens there\./),
      },
    })
    await send('b', 8, 'dead')
    isUp = true
    await send('c', 1, 'sent')
    await until('they are told', async () => (await world.notices()).length === 2)
    expect(await world.notices()).toEqual([
      'A notification channel works again',
      'A notification channel fails',
    ])
  })

  it('sends the same again where what became of it could not be noted', async () => {
    const world = await open()
    const channelId = await world.addChannel()
    let failures = 1
    await world.start({
      ...world.store,
      async record(...taken) {
        if (failures-- > 0) throw new StoreUnavailable('away')
        return world.store.record(...taken)
      },
    })
    await world.append(transitionOf('a', 1, 'opened'))
    await world.settled()
    world.clock.advance(10_000)
    await until('it is sent', () => world.sent.length === 1)
    world.clock.advance(60_000)
    await until('it is noted', async () => (await world.deliveries(channelId))[0]!.state === 'sent')
    expect(world.sent[1]).toEqual(world.sent[0])
  })

  it('ends with nothing under way that was being taken when it was stopped', async () => {
    const world = await open()
    const channelId = await world.addChannel()
    let goOn = () => {}
    let isAsked = false
    const pipeline = await world.start({
      ...world.store,
      async claim(query) {
        const taken = await world.store.claim(query)
        if (taken.length === 0) return taken
        isAsked = true
        await new Promise<void>((resolve) => {
          goOn = resolve
        })
        return taken
      },
    })
    await world.append(transitionOf('a', 1, 'opened'))
    await world.settled()
    world.clock.advance(10_000)
    await until('it is being taken', () => isAsked)
    const stopped = pipeline.stop()
    setImmediate(() => goOn())
    await stopped
    expect(await world.deliveries(channelId)).toMatchObject([{ state: 'sent' }])
  })

  it('waits for the store, says so, and loses nothing', async () => {
    const world = await open()
    const channelId = await world.addChannel()
    let isAway = true
    const away = new StoreUnavailable('away')
    const pipeline = await world.start({
      ...world.store,
      told: (query) => (isAway ? Promise.reject(away) : world.store.told(query)),
      claim: (query) => (isAway ? Promise.reject(away) : world.store.claim(query)),
    })
    await world.append(transitionOf('a', 1, 'opened'))
    await until('it says so', () => pipeline.health?.().status === 'degraded')
    isAway = false
    await world.settled()
    world.clock.advance(10_000)
    await until('it is sent', async () => (await world.deliveries(channelId))[0]?.state === 'sent')
    expect(pipeline.health?.()).toEqual({ status: 'healthy' })
  })

  it('keeps one slow channel from holding up another, and breaks it off at the stop', async () => {
    const world = await open()
    const slow = await world.addChannel({ name: 'slow' })
    const quick = await world.addChannel({ name: 'quick' })
    const deps = await world.start()
    expect(deps.name).toBe('notify')
    await deps.stop()
    const sent: string[] = []
    const sender: AlertSender = {
      send({ channel }, signal) {
        sent.push(channel.name)
        if (channel.name === 'quick') return Promise.resolve({ ok: true })
        return new Promise((resolve) => {
          signal.addEventListener('abort', () => resolve({ ok: false, error: 'broken off' }))
        })
      },
    }
    const { log, store: channels, clock } = world
    const users = createMemoryUserStore({ clock })
    const pipeline = createNotifyPipeline({
      log,
      channels,
      sender,
      clock,
      notifications: createMemoryNotificationStore({ clock, users }),
      channel: createMemoryFleetChannel({ logger: silentLogger(), metrics: createMetrics() }),
      logger: silentLogger(),
      metrics: createMetrics(),
      everyMs: 5,
      stopGraceMs: 50,
    })
    await pipeline.start(context)
    for (const alertId of ['a', 'b']) {
      await world.append(transitionOf(alertId, 1, 'opened'))
      await world.settled()
      clock.advance(10_000)
      await until(
        'the quick one is told',
        () => sent.filter((name) => name === 'quick').length > 'ab'.indexOf(alertId),
      )
    }
    expect(sent.filter((name) => name === 'slow')).toHaveLength(1)
    await pipeline.stop()
    expect(await world.deliveries(slow)).toMatchObject([
      { state: 'waiting' },
      { state: 'retrying', attempts: 1, nextMs: clock.nowMs() },
    ])
    expect((await world.deliveries(quick)).map(({ state }) => state)).toEqual(['sent', 'sent'])
  })
})
