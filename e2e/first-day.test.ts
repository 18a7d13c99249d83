import type { AlertEvent, DevicePage, Reading, StatusEvent } from '@iot/contracts'
import { until } from '@iot/testkit'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { MqttClient } from 'mqtt'
import type { Socket } from 'socket.io-client'
import { type Api, logIn, readAll, setUp } from './harness/api.js'
import { isAlive, serverPids } from './harness/database.js'
import { connectDevice, endDevices, publish } from './harness/devices.js'
import { say } from './harness/say.js'
import { ask, gather, openSocket, type Transport } from './harness/sockets.js'
import { prepareSystem, type System } from './harness/system.js'

const DAY_MS = 86_400_000
/** As the documents print them. */
const STAGE_8 = {
  deviceId: 'ESP32_01',
  temperature: 25.5,
  humidity: 60.2,
  timestamp: '2024-11-13T10:00:00Z',
}
const GUIDE = {
  deviceId: 'device-001',
  sensorType: 'temperature',
  value: 25.5,
  unit: '°C',
  location: 'Assembly Line 1',
}
const SINGLE_EVENTS = ['sensor:reading', 'sensor:data', 'sensor:all'] as const
const SAMPLES = ['ESP32_01 humidity 60.2', 'ESP32_01 temperature 25.5', 'device-001 temperature 25.5']

let system: System
let api: Api
let device: MqttClient

beforeAll(async () => {
  system = await prepareSystem()
  system.launch()
  await system.ready()
  api = await setUp(system)
  device = await connectDevice(system)
})
afterAll(async () => {
  endDevices()
  await system.dispose()
})

const brief = ({ deviceId, sensorType, value }: Reading) => `${deviceId} ${sensorType} ${value}`
/** What REST says a device shows, once it shows so many sensors: browsers may know of a device a moment sooner. */
const latestOf = (deviceId: string, sensors = 1) =>
  until(`${sensors} sensors of ${deviceId} over REST`, async () => {
    const { items } = await api.get<{ items: Reading[] }>(`/api/devices/${deviceId}/latest`)
    return items.length >= sensors && items
  })
async function watch(deviceId: string): Promise<{ socket: Socket; seen: Reading[] }> {
  const socket = await openSocket(system, api.token)
  const seen = gather<Reading>(socket, ['sensor:reading'])['sensor:reading']!
  await ask(socket, 'subscribe:device', deviceId, { names: ['sensor:reading'] })
  return { socket, seen }
}

describe('the sample payloads of both documents', () => {
  it('reach stock clients over both transports under every event name, once each, and REST', async () => {
    const watchers = await Promise.all((['websocket', 'polling'] as const).map(openWatchers))
    const now = new Date().toISOString()
    const beganMs = performance.now()
    await publish(device, 'sensor/data', STAGE_8)
    await publish(device, 'devices/device-001/telemetry', { ...GUIDE, timestamp: now })
    await publish(device, 'devices/ESP32_01/status', { status: 'online' })

    for (const { transport, single, batched } of watchers) {
      await until(
        `${transport} has everything`,
        () =>
          [...SINGLE_EVENTS].every((name) => single.readings[name]!.length >= SAMPLES.length) &&
          batched.length >= SAMPLES.length &&
          single.status['device:status']!.length > 0 &&
          single.status['device:all']!.length > 0,
      )
    }
    const tookMs = Math.round(performance.now() - beganMs)
    for (const { single, batched, sockets } of watchers) {
      for (const name of SINGLE_EVENTS) expect(single.readings[name]!.map(brief).sort()).toEqual(SAMPLES)
      expect(batched.map(brief).sort()).toEqual(SAMPLES)
      for (const socket of sockets) socket.disconnect()
    }
    // The document's day is long past by now: a clock so far behind is not believed, and the reading says so.
    const believed = Date.now() - Date.parse(STAGE_8.timestamp) < 365 * DAY_MS
    for (const reading of await latestOf('ESP32_01', 2)) {
      expect(reading.adjusted).toBe(believed ? undefined : true)
    }
    expect(await latestOf('device-001')).toMatchObject([
      { value: 25.5, unit: '°C', location: 'Assembly Line 1', timestamp: now, status: 'normal' },
    ])
    const polled = (await api.get<{ items: Reading[] }>('/api/sensors/latest')).items
    expect(polled.map(brief).sort()).toEqual(SAMPLES)
    say(`both samples seen over websocket, polling and REST within ${tookMs} ms of the first publish`)
  })
})

async function openWatchers(transport: Transport) {
  const sockets = await Promise.all(
    [1, 2].map(() => openSocket(system, api.token, { transports: [transport] })),
  )
  const [first, second] = sockets as [Socket, Socket]
  const single = {
    readings: gather<Reading>(first, SINGLE_EVENTS),
    status: gather<StatusEvent>(first, ['device:status', 'device:all']),
  }
  const batched: Reading[] = []
  second.on('sensor:batch', ({ readings }: { readings: Reading[] }) => batched.push(...readings))
  for (const deviceId of ['ESP32_01', 'device-001']) await ask(first, 'subscribe:device', deviceId)
  await ask(first, 'subscribe-all-devices')
  await ask(second, 'subscribe-all-devices', { batch: true })
  return { transport, sockets, single, batched }
}

describe('clocks that can’t be trusted', () => {
  it('ahead, far behind and none at all: the time of arrival, and the reading says so', async () => {
    const beforeMs = Date.now()
    const far = { ahead: beforeMs + 3_600_000, behind: beforeMs - 500 * DAY_MS }
    const { socket, seen } = await watch('jumper')
    for (const [sensorType, timestamp] of Object.entries({ ...far, none: undefined })) {
      await publish(device, 'devices/jumper/telemetry', { sensorType, value: 1, timestamp })
    }
    // No clock, three readings in one tick: all are kept, with stamps that differ.
    const ticks = [1, 2, 3].map((value) => ({ sensorType: 'ticks', value }))
    await publish(device, 'devices/jumper/telemetry', ticks)
    await until('all six are seen', () => seen.length >= 6)
    socket.disconnect()
    const latest = new Map((await latestOf('jumper', 4)).map((reading) => [reading.sensorType, reading]))
    for (const sensorType of ['ahead', 'behind', 'none']) {
      const stampMs = Date.parse(latest.get(sensorType)!.timestamp)
      expect([stampMs >= beforeMs, stampMs <= Date.now()]).toEqual([true, true])
      expect(latest.get(sensorType)!.adjusted).toBe(sensorType === 'none' ? undefined : true)
    }
    const stamps = seen.filter(({ sensorType }) => sensorType === 'ticks').map(({ timestamp }) => timestamp)
    expect(stamps).toEqual([...new Set(stamps)].sort())
    expect(stamps).toHaveLength(3)
  })

  it('a reading of yesterday is stored, and “latest” does not move back', async () => {
    const nowMs = Date.now()
    for (const [value, timestamp] of [
      [2, nowMs],
      [1, nowMs - DAY_MS],
      [3, nowMs + 1],
      [0, nowMs - 2 * DAY_MS],
    ]) {
      await publish(device, 'devices/late/telemetry', { sensorType: 'count', value, timestamp })
    }
    const stored = await until('all are stored', async () => {
      const all = await readAll(api, 'late', { fromMs: nowMs - 3 * DAY_MS, toMs: nowMs + DAY_MS })
      return all.length === 4 && all
    })
    expect(stored.map(({ value }) => value)).toEqual([0, 1, 2, 3])
    expect((await latestOf('late')).map(({ value }) => value)).toEqual([3])
  })

  it('the same message again, as after a lost acknowledgement, is stored and shown once', async () => {
    const { socket, seen } = await watch('again')
    const message = (value: number, timestamp: number) => ({ sensorType: 'count', value, timestamp })
    const nowMs = Date.now()
    const options = { qos: 1 as const, dup: true }
    for (let time = 0; time < 3; time++) {
      await device.publishAsync('devices/again/telemetry', JSON.stringify(message(7, nowMs)), options)
    }
    await publish(device, 'devices/again/telemetry', message(8, nowMs + 1))
    await until('the one after them is seen', () => seen.some(({ value }) => value === 8))
    expect(seen.map(({ value }) => value)).toEqual([7, 8])
    const stored = await until('it is stored', async () => {
      const all = await readAll(api, 'again', { fromMs: nowMs - 1_000, toMs: nowMs + 1_000 })
      return all.length >= 2 && all
    })
    expect(stored.map(({ value }) => value)).toEqual([7, 8])
    socket.disconnect()
  })
})

describe('a value too high', () => {
  it('alarms once of a device without a clock, and once where the clock is wrong and messages come twice', async () => {
    const socket = await openSocket(system, api.token)
    const seen = gather<AlertEvent>(socket, ['alert']).alert!
    await ask(socket, 'subscribe-alerts')
    const of = (deviceId: string) => seen.filter((one) => one.deviceId === deviceId)
    const tell = (deviceId: string, value: number, timestamp?: number) =>
      publish(device, `devices/${deviceId}/telemetry`, { sensorType: 'heat', value, timestamp })
    const rule = { name: 'Heat', sensorType: 'heat', operator: '>', value: 50, severity: 'critical' }
    await api.send('POST', '/api/alert-rules', rule)
    // Known before the rule is in force: it alarms when it is.
    await tell('probe', 60)
    await until('the rule is in force', () => of('probe').length === 1)

    const clocks = { ahead: Date.now() + 3_600_000, behind: Date.now() - 500 * DAY_MS, none: undefined }
    for (const [at, value] of [20, 60, 70, 65, 20].entries()) {
      for (const [clock, beginMs] of Object.entries(clocks)) {
        const timestamp = beginMs === undefined ? undefined : beginMs + at * 1_000
        await tell(`heat-${clock}`, value, timestamp)
        if (timestamp !== undefined) await tell(`heat-${clock}`, value, timestamp)
      }
    }
    await tell('probe', 20)
    const names = ['probe', ...Object.keys(clocks).map((clock) => `heat-${clock}`)]
    await until('all have closed', () => names.every((name) => of(name).at(-1)?.state === 'closed'))
    for (const name of names) {
      expect(of(name).map(({ transition, episode }) => `${transition} ${episode}`)).toEqual([
        'opened 1',
        'closed 1',
      ])
    }
    socket.disconnect()
  })
})

describe('a stop', () => {
  it('ends with code 0 within 10 s though a browser is there, and leaves nothing running', async () => {
    const socket = await openSocket(system, api.token)
    const servers = serverPids(system)
    expect(servers.length).toBeGreaterThan(1)
    const beganMs = performance.now()
    expect(await system.end('SIGTERM')).toBe(0)
    const tookMs = Math.round(performance.now() - beganMs)
    socket.disconnect()
    expect(tookMs).toBeLessThan(10_000)
    expect(servers.filter(isAlive)).toEqual([])
    say(`stopped in ${tookMs} ms, with its ${servers.length} database processes`)
  })

  it('and the start after it find everything as it was: users, devices, readings, tokens', async () => {
    system.launch()
    await system.ready()
    expect((await latestOf('device-001')).map(brief)).toEqual(['device-001 temperature 25.5'])
    expect((await latestOf('late')).map(({ value }) => value)).toEqual([3])
    const devices = await (await logIn(system)).get<DevicePage>('/api/devices')
    expect(devices.items.map(({ deviceId }) => deviceId).sort()).toEqual([
      ...[
        'ESP32_01',
        'again',
        'device-001',
        'heat-ahead',
        'heat-behind',
        'heat-none',
        'jumper',
        'late',
        'probe',
      ],
    ])
    const { socket, seen } = await watch('device-001')
    await until('the device is back by itself', () => device.connected)
    await publish(device, 'sensor/data', { ...GUIDE, value: 26.5, timestamp: Date.now() })
    await until('live again', () => seen.length > 0)
    socket.disconnect()
  })
})
