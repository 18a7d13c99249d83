import type { ComponentHealth } from '@iot/contracts'
import { StoreUnavailable } from '@iot/ports'
import { until } from '@iot/testkit'
import { afterEach, describe, expect, it } from '@jest/globals'
import { type Harness, startHarness } from '../testing/harness.js'

let harness: Harness

/** The newest status that the client has heard, once there are so many. */
function heardBy(client: { bodies(event: string): unknown[] }, count: number) {
  return until('the status of the system is told', () => client.bodies('system:status')[count - 1])
}
afterEach(() => harness.stop())

describe('system:status', () => {
  it('comes at once to who subscribes, with the figures of the system', async () => {
    harness = await startHarness({
      alerts: { list: async () => [], countActive: async () => ({ warning: 1, critical: 1 }) },
    })
    await harness.publisher.readings({ deviceId: 'd1', value: 5 })
    const client = await harness.connect()
    expect(await client.call('subscribe-system')).toEqual({ ok: true })
    expect(await client.next('system:status')).toEqual({
      status: 'healthy',
      timestamp: expect.any(String),
      uptime: expect.any(Number),
      services: { 'websocket-service': 'healthy' },
      metrics: {
        activeDevices: expect.any(Number),
        totalDevices: 0,
        dataPointsPerMinute: expect.any(Number),
        activeAlerts: 2,
      },
    })
  })

  it('comes again soon when a service’s health has changed, and to subscribers alone', async () => {
    const services: Record<string, ComponentHealth> = { 'data-ingestion': 'healthy' }
    harness = await startHarness({ services: async () => ({ ...services }) })
    const [watching, other] = [await harness.connect(), await harness.connect()]
    const heard: unknown[] = []
    other.socket.on('system:status', (body) => heard.push(body))
    await watching.call('subscribe-system')
    await watching.next('system:status')
    services['data-ingestion'] = 'down'
    expect(await heardBy(watching, 2)).toMatchObject({ status: 'down' })
    expect(await watching.call('unsubscribe-system')).toEqual({ ok: true })
    await other.call('ping')
    expect(heard).toEqual([])
  })

  it('says degraded while nobody can say how the services are, and keeps the sockets', async () => {
    let isAway = false
    harness = await startHarness({
      services: async () => {
        if (isAway) throw new StoreUnavailable('away')
        return { 'data-ingestion': 'healthy', 'api-gateway': 'healthy' }
      },
    })
    const client = await harness.connect()
    await client.call('subscribe-system')
    await client.next('system:status')
    isAway = true
    expect(await heardBy(client, 2)).toMatchObject({
      status: 'degraded',
      services: { 'data-ingestion': 'degraded', 'api-gateway': 'degraded' },
    })
    isAway = false
    expect(await heardBy(client, 3)).toMatchObject({ status: 'healthy' })
    expect(client.socket.connected).toBe(true)
  })
})
