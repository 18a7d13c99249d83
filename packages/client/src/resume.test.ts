import type { Alert, AlertEvent, AlertsSubscribed, Positions, Reading, StatusEvent } from '@iot/contracts'
import { describe, expect, it } from '@jest/globals'
import { createClient } from './create-client.js'
import { answered, aReading, createFakeServer, FakeTimers, settle } from './fake-server.js'
import type { SubscribeAnswer } from './live-socket.js'

const at = (offset: number): Positions => ({ epoch: 'e', readings: { 0: offset }, status: {} })
const snapshot = (offset: number, value = 0): SubscribeAnswer =>
  ({ ...answered([aReading('pump-1', value)]), positions: at(offset) }) as SubscribeAnswer
const recovered = (offset: number): SubscribeAnswer =>
  ({ ...snapshot(offset, 99), recovered: true, missed: 2 }) as SubscribeAnswer

function setUp() {
  const server = createFakeServer()
  const timers = new FakeTimers()
  let rest: Reading[] = []
  const client = createClient({
    url: 'http://here',
    path: '/socket.io',
    getToken: async () => 'token',
    fetchLatest: async () => rest,
    openSocket: server.openSocket,
    timers,
    random: () => 0,
  })
  const attempt = () => server.attempts.at(-1)!
  /** A watcher of one device, and all that it is told. */
  function watch(deviceId = 'pump-1') {
    const told: string[] = []
    const end = client.watchDevice(deviceId, {
      onReadings: (readings) => told.push(...readings.map(({ value }) => `reading ${value}`)),
      onStatus: (events: readonly StatusEvent[]) => told.push(...events.map(({ status }) => status)),
      onResumed: (isWhole) => told.push(isWhole ? 'resumed' : 'not resumed'),
      onVisibility: (visible) => told.push(visible ? 'in sight' : 'out of sight'),
    })
    return { told, end }
  }
  async function connect(): Promise<void> {
    await settle()
    attempt().events.onConnect()
    await settle()
  }
  async function reconnect(): Promise<void> {
    attempt().events.onEnd({ reason: 'transport close' })
    await timers.turn(60_000)
    await connect()
  }
  const sent = (value: number, offset: number) =>
    attempt().events.onBatch({ readings: [aReading('pump-1', value)], positions: at(offset) })
  const sinceOf = (deviceId = 'pump-1') =>
    attempt()
      .asked.filter((ask) => ask.startsWith(`device ${deviceId} `))
      .map((ask) => JSON.parse(ask.slice(`device ${deviceId} `.length)).since?.readings[0])
  return {
    server,
    client,
    timers,
    attempt,
    watch,
    connect,
    reconnect,
    sent,
    sinceOf,
    setRest: (readings: Reading[]) => {
      rest = readings
    },
  }
}

describe('a client that comes back', () => {
  it('asks from where it had got everything, and gives what was missed instead of a snapshot', async () => {
    const { client, server, watch, connect, reconnect, sent, sinceOf, attempt } = setUp()
    server.answer = () => snapshot(4)
    const { told } = watch()
    client.start()
    await connect()
    expect(sinceOf()).toEqual([undefined])
    sent(1, 6)
    attempt().events.onPositions(at(9))
    server.answer = () => recovered(9)
    await reconnect()
    expect(sinceOf()).toEqual([9])
    expect(client.connection()).toMatchObject({ state: 'live', missed: 2 })
    sent(2, 11)
    expect(told).toEqual(['reading 0', 'reading 1', 'resumed', 'reading 2'])
    await reconnect()
    expect(sinceOf()).toEqual([11])
  })

  it('says when what was missed can’t be had, and begins with a snapshot', async () => {
    const { client, server, watch, connect, reconnect, sinceOf } = setUp()
    server.answer = () => snapshot(4)
    const { told } = watch()
    client.start()
    await connect()
    server.answer = () => snapshot(50, 7)
    await reconnect()
    expect(told).toEqual(['reading 0', 'not resumed', 'reading 7'])
    expect(client.connection().missed).toBeUndefined()
    await reconnect()
    expect(sinceOf()).toEqual([50])
  })

  it('stands still until every subscription is answered, and owes each what it has not got', async () => {
    const { client, server, watch, connect, reconnect, sent, sinceOf, timers } = setUp()
    server.answer = () => snapshot(4)
    watch('pump-1')
    watch('pump-2')
    client.start()
    await connect()
    const busy: SubscribeAnswer = { ok: false, code: 'UNAVAILABLE', message: '', retryAfterMs: 500 }
    server.answer = (event) =>
      event.startsWith('device pump-2') ? new Promise(() => undefined) : recovered(4)
    await reconnect()
    sent(1, 8)
    server.answer = (event) => (event.startsWith('device pump-2') ? busy : recovered(4))
    await reconnect()
    expect([sinceOf('pump-1'), sinceOf('pump-2')]).toEqual([[4], [4]])
    sent(2, 20)
    server.answer = () => recovered(4)
    await timers.turn(500)
    expect(sinceOf('pump-2')).toEqual([4, 4])
    sent(3, 21)
    await reconnect()
    expect([sinceOf('pump-1'), sinceOf('pump-2')]).toEqual([[21], [21]])
  })

  it('gives a snapshot to who began to watch while it was away', async () => {
    const { client, server, watch, connect, timers, attempt } = setUp()
    server.answer = () => snapshot(4)
    const old = watch()
    client.start()
    await connect()
    attempt().events.onEnd({ reason: 'transport close' })
    const fresh = watch()
    server.answer = () => recovered(4)
    await timers.turn(60_000)
    await connect()
    expect(old.told).toEqual(['reading 0', 'resumed'])
    expect(fresh.told).toEqual(['reading 99'])
  })

  it('begins a device anew that nobody watched for a while', async () => {
    const { client, server, watch, connect, timers, attempt, sinceOf } = setUp()
    server.answer = () => snapshot(4)
    const first = watch()
    watch('pump-2')
    client.start()
    await connect()
    attempt().events.onEnd({ reason: 'transport close' })
    first.end()
    watch()
    await timers.turn(60_000)
    await connect()
    expect([sinceOf('pump-1'), sinceOf('pump-2')]).toEqual([[undefined], [4]])
  })

  it('tells of a device that goes out of sight and comes back, also where it was away itself meanwhile', async () => {
    const { client, server, watch, connect, reconnect, sinceOf, attempt } = setUp()
    const { told } = watch()
    const { told: other } = watch('pump-2')
    server.answer = (event) => (event.startsWith('device pump-1 ') ? snapshot(4) : answered([]))
    client.start()
    await connect()
    const seen = (visible: boolean) => {
      attempt().events.onEvent('device:visibility', { deviceId: 'pump-1', visible })
      return settle()
    }
    await seen(false)
    server.answer = () => snapshot(20, 7)
    await seen(true)
    expect(told.splice(0)).toEqual(['reading 0', 'out of sight', 'in sight', 'not resumed', 'reading 7'])
    expect(sinceOf()).toEqual([undefined, undefined])
    server.answer = (event) =>
      event.startsWith('device pump-1 ')
        ? { ok: false, code: 'NOT_FOUND', message: 'There is no such device' }
        : recovered(20)
    await reconnect()
    server.answer = (event) => (event.startsWith('device pump-1 ') ? snapshot(30, 9) : recovered(20))
    await reconnect()
    expect(sinceOf()).toEqual([undefined])
    expect(told).toEqual(['out of sight', 'in sight', 'not resumed', 'reading 9'])
    expect(other.filter((words) => words.endsWith('sight'))).toEqual([])
  })

  it('takes snapshots when the server has lost events', async () => {
    const { client, server, watch, connect, attempt, timers, sinceOf } = setUp()
    const { told } = watch()
    client.watchAll({ onReadings: () => undefined })
    client.start()
    await connect()
    server.answer = () => snapshot(30, 5)
    attempt().events.onResync()
    await timers.turn(0)
    expect(sinceOf()).toEqual([undefined, undefined])
    expect(attempt().asked.filter((ask) => ask.startsWith('all'))).toHaveLength(2)
    expect(told).toContain('not resumed')
    expect(told.at(-1)).toBe('reading 5')
  })

  it('asks REST for what one snapshot can’t hold', async () => {
    const { client, server, connect, setRest } = setUp()
    server.answer = () => ({ ...answered([]), truncated: true }) as SubscribeAnswer
    setRest([aReading('pump-7', 7)])
    const seen: Reading[] = []
    client.watchAll({ onReadings: (readings) => seen.push(...readings) })
    client.start()
    await connect()
    expect(seen.map(({ deviceId }) => deviceId)).toEqual(['pump-7'])
  })
})

describe('who watches alerts', () => {
  const alert = (alertId: string): Alert => ({
    alertId,
    severity: 'warning',
    type: 'threshold',
    message: 'hot',
    timestamp: '2026-01-01T00:00:00.000Z',
    state: 'open',
    episode: 1,
    seq: 1,
    openedAt: '2026-01-01T00:00:00.000Z',
  })
  const event = (alertId: string): AlertEvent => ({ ...alert(alertId), transition: 'opened' })
  const place = (offset: number): Positions => ({
    epoch: 'e',
    readings: {},
    status: {},
    alerts: { 0: offset },
  })

  function setUpAlerts() {
    const { client, server, attempt, connect, reconnect, timers } = setUp()
    function watch() {
      const told: string[] = []
      const end = client.watchAlerts({
        onAlerts: (events) => told.push(...events.map(({ alertId }) => alertId)),
        onSnapshot: (alerts, isWhole) =>
          told.push(`${isWhole ? 'all' : 'some'}: ${alerts.map(({ alertId }) => alertId)}`),
        onGap: () => told.push('gap'),
      })
      return { told, end }
    }
    const answer = (offset: number, more: Partial<AlertsSubscribed> = {}) => {
      server.answerAlerts = () => ({
        ok: true,
        alerts: [alert(`active at ${offset}`)],
        positions: place(offset),
        recovered: false,
        ...more,
      })
    }
    const asked = () => attempt().asked.filter((ask) => ask.includes('alerts'))
    return { client, attempt, connect, reconnect, timers, watch, answer, asked }
  }

  it('begins with a snapshot, and comes back from where it had got everything', async () => {
    const { client, attempt, connect, reconnect, watch, answer, asked } = setUpAlerts()
    answer(3)
    const one = watch()
    client.start()
    await connect()
    attempt().events.onAlertBatch({ alerts: [event('b'), event('c')], positions: place(5) })
    expect(one.told).toEqual(['all: active at 3', 'b', 'c'])
    answer(5, { recovered: true })
    await reconnect()
    expect(asked()).toEqual([`alerts ${JSON.stringify({ batch: { everyMs: 200 }, since: place(5) })}`])
    const other = watch()
    await settle()
    expect([one.told.slice(3), other.told]).toEqual([[], ['all: active at 5']])
    answer(9, { truncated: true })
    await reconnect()
    expect(one.told.slice(3)).toEqual(['gap', 'some: active at 9'])
    attempt().events.onResync()
    await settle()
    one.end()
    other.end()
    expect(asked().at(-1)).toBe('unsubscribe alerts')
  })

  it('hears of the system’s alerts once, and a device’s watcher of its own', async () => {
    const { client, attempt, connect, watch } = setUpAlerts()
    const { told } = watch()
    const ofDevice: string[] = []
    client.watchDevice('pump-1', {
      onReadings: () => undefined,
      onAlerts: (events) => ofDevice.push(...events.map(({ alertId }) => alertId)),
    })
    client.start()
    await connect()
    told.length = 0
    const { events } = attempt()
    for (const role of ['user', 'admin']) {
      events.onEvent('welcome', { role })
      events.onEvent('alert:system', event(`heard by ${role}`))
    }
    events.onDeviceAlert({ ...event('hot'), deviceId: 'pump-1' })
    events.onDeviceAlert({ ...event('cold'), deviceId: 'pump-2' })
    expect([told, ofDevice]).toEqual([['heard by user'], ['hot']])
  })
})
