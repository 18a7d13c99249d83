import type { Failure, Reading, Subscribed } from '@iot/contracts'
import { until } from '@iot/testkit'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import type { MqttClient } from 'mqtt'
import type { Socket } from 'socket.io-client'
import { type Api, logIn, setUp } from './harness/api.js'
import { connectDevice, endDevices, publish } from './harness/devices.js'
import { ask, gather, openSocket } from './harness/sockets.js'
import { prepareSystem, type System } from './harness/system.js'

const NORA = { username: 'nora', password: 'a password of Nora’s' }
/** A device that has been moved is seen where it is within 5 s; twice that on a machine that is not alone. */
const MOVED_WITHIN_MS = 10_000

describe('a user who is limited to a site', () => {
  let system: System
  let admin: Api
  let device: MqttClient
  const sockets: Socket[] = []
  beforeAll(async () => {
    system = await prepareSystem({ LOG_LEVEL: 'warn' })
    system.launch()
    await system.ready()
    admin = await setUp(system)
    device = await connectDevice(system)
    for (const [deviceId, site] of [
      ['oven-1', 'North'],
      ['mixer-1', 'South'],
    ]) {
      await admin.send('POST', '/api/devices', { deviceId, site })
    }
    await admin.send('POST', '/api/users', { ...NORA, role: 'user', sites: ['North'] })
  }, 120_000)
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.disconnect()
  })
  afterAll(async () => {
    endDevices()
    await system.dispose()
  })

  const send = (deviceId: string, value: number) =>
    publish(device, 'sensor/data', { deviceId, temperature: value })

  async function open(token: string): Promise<Socket> {
    const socket = await openSocket(system, token)
    sockets.push(socket)
    return socket
  }

  it('sees the devices there and no others, and a device that moves within seconds', async () => {
    const nora = await open((await logIn(system, NORA)).token)
    const everything = await open(admin.token)
    const hers = gather<Reading>(nora, ['sensor:all', 'sensor:reading'])
    const all = gather<Reading>(everything, ['sensor:all', 'sensor:data'])
    const seen = (bodies: Reading[] | undefined) =>
      bodies!.map(({ deviceId, value }) => `${deviceId} ${value}`)
    // A device that was made a moment ago is known within seconds.
    await until(
      'her device is known',
      async () => (await ask<Subscribed>(nora, 'subscribe:device', 'oven-1')).ok,
      { everyMs: 100 },
    )
    await ask(nora, 'subscribe-all-devices')
    await ask(everything, 'subscribe-all-devices')
    expect(await ask(nora, 'subscribe:all')).toMatchObject({ ok: false, code: 'FORBIDDEN' })
    expect(await ask(everything, 'subscribe:all')).toMatchObject({ ok: true })
    expect(await ask(nora, 'subscribe:device', 'mixer-1')).toMatchObject({ ok: false, code: 'NOT_FOUND' })
    expect(await ask(nora, 'request:latest', 'mixer-1')).toMatchObject({ ok: false, code: 'NOT_FOUND' })

    for (const value of [1, 2]) for (const id of ['mixer-1', 'unheard-of', 'oven-1']) await send(id, value)
    await until('her last, by both names', () =>
      Object.values(hers).every((bodies) => seen(bodies).includes('oven-1 2')),
    )
    await until('all of them', () => all['sensor:data']!.length === 6)
    expect(seen(hers['sensor:all'])).toEqual(['oven-1 1', 'oven-1 2'])
    expect(seen(hers['sensor:reading'])).toEqual(['oven-1 1', 'oven-1 2'])

    await admin.send('PATCH', '/api/devices/mixer-1', { site: 'North' })
    let value = 2
    await until(
      'she sees it',
      async () => {
        value += 1
        await send('mixer-1', value)
        return hers['sensor:all']!.some(({ deviceId }) => deviceId === 'mixer-1')
      },
      { everyMs: 100, withinMs: MOVED_WITHIN_MS },
    )

    await admin.send('PATCH', '/api/devices/oven-1', { site: 'South' })
    await until(
      'her own is gone',
      async () => (await ask<Failure>(nora, 'request:latest', 'oven-1')).code === 'NOT_FOUND',
      { withinMs: MOVED_WITHIN_MS, everyMs: 100 },
    )
    await send('oven-1', 99)
    await send('mixer-1', 99)
    await until('the marker', () => seen(hers['sensor:all']).includes('mixer-1 99'))
    expect(seen(hers['sensor:all'])).not.toContain('oven-1 99')
  })
})
