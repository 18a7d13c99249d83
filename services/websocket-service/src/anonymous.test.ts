import { until } from '@iot/testkit'
import { afterEach, describe, expect, it } from '@jest/globals'
import { io } from 'socket.io-client'
import { type Body, type Harness, startHarness } from './testing/harness.js'

let harness: Harness
afterEach(() => harness.stop())

describe('without a login', () => {
  it('nobody is let in, unless ANONYMOUS_ROLE says so', async () => {
    harness = await startHarness()
    const client = await harness.open({ auth: {} })
    expect(await client.next('connect_error')).toMatchObject({ data: { code: 'UNAUTHENTICATED' } })
  })

  it('one watches as a user without a name, and has no token to refresh', async () => {
    harness = await startHarness({ config: { ANONYMOUS_ROLE: 'user' } })
    for (const auth of [{}, { token: '' }, { token: null }]) {
      const client = await harness.connect({ auth })
      expect(await client.next('welcome')).toMatchObject({
        role: 'user',
        user: { id: 'anonymous', username: '', role: 'user' },
      })
      expect(await client.call('auth:refresh', await harness.tokenOf())).toMatchObject({ code: 'FORBIDDEN' })
      expect(await client.call('subscribe-all-devices')).toMatchObject({ ok: true })
    }
  })

  it('one is not let in with a token that is bad or has expired', async () => {
    harness = await startHarness({ config: { ANONYMOUS_ROLE: 'user' } })
    const expired = await harness.tokenOf('ada', 'user', Date.now() - 3_600_000)
    const cases = [
      [{ token: 'bad' }, 'UNAUTHENTICATED'],
      [{ token: 7 }, 'UNAUTHENTICATED'],
      [{ token: expired }, 'TOKEN_EXPIRED'],
    ] as const
    for (const [auth, code] of cases) {
      const client = await harness.open({ auth })
      expect(await client.next('connect_error')).toMatchObject({ data: { code } })
    }
  })
})

/**
 * The dashboard of the integration guide, as far as the server sees it: how it connects, what it sends and when, what
 * it listens for. It sends no token and uses no callback.
 */
function guideClient(url: string) {
  const received: [string, Body][] = []
  const socket = io(url, {
    transports: ['websocket', 'polling'],
    reconnection: true,
    reconnectionAttempts: 5,
    reconnectionDelay: 50,
    timeout: 20_000,
    forceNew: true,
  })
  socket.on('connect', () => {
    socket.emit('subscribe-all-devices')
    socket.emit('ping')
  })
  const heard = ['sensor:all', 'sensor:reading', 'device:status', 'alert', 'alert:system', 'system:status']
  for (const event of [...heard, 'pong', 'welcome']) {
    socket.on(event, (body: Body) => received.push([event, body]))
  }
  return {
    socket,
    subscribeToDevice: (deviceId: string) => socket.emit('subscribe:device', deviceId),
    subscribeToAlerts: () => socket.emit('subscribe-alerts'),
    subscribeToSystem: () => socket.emit('subscribe-system'),
    bodies: (event: string) => received.filter(([name]) => name === event).map(([, body]) => body),
  }
}

describe('the guide’s client', () => {
  it('works as it is where ANONYMOUS_ROLE is user, and comes back by itself', async () => {
    harness = await startHarness({ config: { ANONYMOUS_ROLE: 'user' } })
    const client = guideClient(harness.url)
    const all = () => client.bodies('sensor:all')
    try {
      await until('its heartbeat', () => client.bodies('pong').length === 1)
      expect(client.bodies('welcome')[0]).toMatchObject({
        message: expect.any(String),
        timestamp: expect.any(String),
      })
      client.subscribeToAlerts()
      client.subscribeToSystem()
      client.subscribeToDevice('device-001')
      await until('the system’s state', () => client.bodies('system:status').length === 1)
      await until('the subscription', async () => {
        await harness.publisher.readings({
          deviceId: 'device-001',
          sensorType: 'temperature',
          value: 25.5,
          location: 'Assembly Line 1',
        })
        return client.bodies('sensor:reading').length > 0
      })
      expect(client.bodies('sensor:reading')[0]).toMatchObject({
        deviceId: 'device-001',
        sensorType: 'temperature',
        value: 25.5,
        status: 'normal',
        location: 'Assembly Line 1',
      })
      expect(all()).toContainEqual(client.bodies('sensor:reading')[0])
      await harness.publisher.status('device-001', 'offline')
      await until('the status', () => client.bodies('device:status').length > 0)
      expect(client.bodies('device:status')[0]).toMatchObject({ deviceId: 'device-001', status: 'offline' })
      await harness.publisher.alerts(
        { deviceId: 'device-001', threshold: { value: 85, operator: '>', current: 87.2 } },
        { type: 'system', message: 'Database connection lost', affectedServices: ['api-gateway'] },
      )
      await until('the system’s alert', () => client.bodies('alert:system').length === 1)
      expect(client.bodies('alert')).toMatchObject([
        { deviceId: 'device-001', type: 'threshold', threshold: { operator: '>', current: 87.2 } },
      ])
      expect(client.bodies('alert:system')[0]).toMatchObject({ affectedServices: ['api-gateway'] })

      client.socket.io.engine.close()
      await until('it is back', () => client.bodies('welcome').length === 2)
      await until('what is new', async () => {
        await harness.publisher.readings({ deviceId: 'device-002', value: 1 })
        return all().some(({ deviceId }) => deviceId === 'device-002')
      })
    } finally {
      client.socket.disconnect()
    }
  })
})
