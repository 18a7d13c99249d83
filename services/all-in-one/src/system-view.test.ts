import type { DeviceDoor } from '@iot/ports'
import type { ComponentReport } from '@iot/runtime'
import { describe, expect, it } from '@jest/globals'
import { createSystemView } from './system-view.js'

function viewOf(reports: Record<string, ComponentReport['status']>) {
  return createSystemView({
    door: { port: 1883 } as DeviceDoor,
    reports: () => Object.fromEntries(Object.entries(reports).map(([name, status]) => [name, { status }])),
  })
}

describe('what one process knows of itself', () => {
  it('is as bad as the worst component behind a service, and down where there is none', async () => {
    const view = viewOf({ ingestion: 'healthy', 'event-log': 'degraded', 'api-gateway': 'healthy' })
    expect(await view.services()).toEqual({
      'data-ingestion': 'degraded',
      'websocket-service': 'down',
      'api-gateway': 'healthy',
    })
  })

  it('says that devices can deliver while the store is away, and not before the door is open', async () => {
    expect(await viewOf({ ingestion: 'degraded' }).mqttConnected()).toBe(true)
    expect(await viewOf({ ingestion: 'down' }).mqttConnected()).toBe(false)
    expect(await viewOf({}).mqttConnected()).toBe(false)
  })
})
