import type { Credential, Reading } from '@iot/contracts'
import { until } from '@iot/testkit'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { MqttClient } from 'mqtt'
import type { Socket } from 'socket.io-client'
import { type Api, setUp } from '../harness/api.js'
import { connectDevice, endDevices, publish } from '../harness/devices.js'
import { metricOf, residentMiB } from '../harness/metrics.js'
import { say } from '../harness/say.js'
import { ask, gather, openSocket } from '../harness/sockets.js'
import { prepareSystem, type System } from '../harness/system.js'

const DEVICES = 500
const WITH_CREDENTIALS = 20
const SOCKETS = 200
/** On two cores with other work; on idle ones it is a few seconds. */
const BACK_WITHIN_MS = 60_000

let system: System
let api: Api
const devices: MqttClient[] = []
const sockets: Socket[] = []

beforeAll(async () => {
  system = await prepareSystem({
    RATE_LIMIT_MAX_REQUESTS: '100000',
    USER_RATE_LIMIT_PER_MINUTE: '100000',
    SOCKET_MAX_CONNECTIONS_PER_USER: '1000',
    LOG_LEVEL: 'warn',
  })
  system.launch()
  await system.ready()
  api = await setUp(system)
})
afterAll(async () => {
  endDevices()
  for (const socket of sockets) socket.disconnect()
  await system.dispose()
})

/** Some come in by a credential of their own, as those from other machines do. */
async function credentialOf(deviceId: string): Promise<{ username: string; password: string }> {
  const { username, password } = await api.send<Credential>(
    'POST',
    `/api/devices/${deviceId}/credentials`,
    {},
  )
  return { username, password: password! }
}

async function comeIn(at: number): Promise<MqttClient> {
  const deviceId = `crowd-${at}`
  if (at >= WITH_CREDENTIALS) return connectDevice(system, { clientId: deviceId })
  await api.send('POST', '/api/devices', { deviceId })
  return connectDevice(system, { clientId: deviceId, ...(await credentialOf(deviceId)) })
}

async function publishOnce(device: MqttClient, at: number, value: number): Promise<void> {
  await publish(device, `devices/crowd-${at}/telemetry`, { sensorType: 'n', value, timestamp: Date.now() })
}

describe(`${DEVICES} devices`, () => {
  it('that lose the system at once are back and publishing when it has started again', async () => {
    devices.push(...(await Promise.all(Array.from({ length: DEVICES }, (_, at) => comeIn(at)))))
    await Promise.all(devices.map((device, at) => publishOnce(device, at, 1)))

    await system.end('SIGKILL')
    await until('all have noticed', () => devices.every(({ connected }) => !connected))
    // What they have to say meanwhile waits with them.
    const said = Promise.all(devices.map((device, at) => publishOnce(device, at, 2)))
    system.launch()
    await system.ready()
    const beganMs = performance.now()
    await until('all are back', () => devices.every(({ connected }) => connected), {
      withinMs: BACK_WITHIN_MS,
    })
    const backMs = Math.round(performance.now() - beganMs)
    await said
    const saidMs = Math.round(performance.now() - beganMs)
    await until('the newest reading of each is there', async () => {
      const { items } = await api.get<{ items: Reading[] }>('/api/sensors/latest?limit=10000')
      return items.filter(({ value }) => value === 2).length === DEVICES
    })
    await until(
      'no connection is left over',
      async () => (await metricOf(system, 'iot_mqtt_connections')) === DEVICES,
    )
    say(`${DEVICES} devices back ${backMs} ms after the restart, all acknowledged after ${saidMs} ms`)
  })
})

describe(`${SOCKETS} browsers`, () => {
  it('come at once, subscribe and unsubscribe without end, and then see each reading once', async () => {
    const memoryBefore = await residentMiB(system)
    const beganMs = performance.now()
    sockets.push(...(await Promise.all(Array.from({ length: SOCKETS }, () => openSocket(system, api.token)))))
    const connectedMs = Math.round(performance.now() - beganMs)

    const answers = await Promise.all(sockets.flatMap((socket) => storm(socket)))
    const stormMs = Math.round(performance.now() - beganMs) - connectedMs
    const refused = answers.filter(({ ok }) => !ok)
    // More than a connection may ask is told so, and a subscribe that its unsubscribe has overtaken.
    for (const { code } of refused) expect(['RATE_LIMITED', 'CONFLICT']).toContain(code)
    expect(sockets.every(({ connected }) => connected)).toBe(true)

    const seen = sockets.map((socket) => gather<Reading>(socket, ['sensor:reading'])['sensor:reading']!)
    await Promise.all(sockets.map((socket) => subscribeAtLast(socket)))
    await publishOnce(devices[7]!, 7, 3)
    await until('all have seen it', () => seen.every((readings) => readings.length > 0), { withinMs: 30_000 })
    await publishOnce(devices[7]!, 7, 4)
    await until('and the next', () => seen.every((readings) => readings.length > 1), { withinMs: 30_000 })
    for (const readings of seen) expect(readings.map(({ value }) => value)).toEqual([3, 4])
    const grown = (await residentMiB(system)) - memoryBefore
    expect(grown).toBeLessThan(150)
    say(
      `${SOCKETS} sockets in ${connectedMs} ms, ${answers.length} calls in ${stormMs} ms ` +
        `(${refused.length} refused), ${grown} MiB grown`,
    )
  })

  it('that vanish at once leave nothing behind', async () => {
    for (const socket of sockets.splice(0)) {
      socket.io.reconnection(false)
      socket.io.engine.close()
    }
    await until('none is left', async () => (await metricOf(system, 'iot_socket_connections')) === 0, {
      withinMs: 30_000,
    })
  })
})

type Answer = { ok: boolean; code?: string }

/** Twenty turns of coming and going, without waiting for an answer in between. */
function storm(socket: Socket): Promise<Answer>[] {
  const calls: Promise<Answer>[] = []
  for (let turn = 0; turn < 20; turn++) {
    calls.push(ask<Answer>(socket, 'subscribe:device', `crowd-${turn}`))
    calls.push(ask<Answer>(socket, 'unsubscribe:device', `crowd-${turn}`))
  }
  return calls
}

/** One subscription, as soon as the rate of the connection allows. */
async function subscribeAtLast(socket: Socket): Promise<void> {
  const names = ['sensor:reading']
  await until(
    'the subscription is taken',
    async () => (await ask<Answer>(socket, 'subscribe:device', 'crowd-7', { names })).ok,
    { withinMs: 30_000, everyMs: 200 },
  )
}
