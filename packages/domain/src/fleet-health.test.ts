import type { ComponentHealth } from '@iot/contracts'
import { describe, expect, it } from '@jest/globals'
import { fleetHealth, takesDevices } from './fleet-health.js'

const one = (service: string, health: ComponentHealth, ...pipelines: string[]) => ({
  service,
  health,
  figures: Object.fromEntries(pipelines.map((name) => [name, 1])),
})
const whole = [
  one('data-ingestion', 'healthy', 'bridge'),
  one('data-ingestion', 'healthy', 'live', 'archive'),
  one('websocket-service', 'healthy'),
  one('websocket-service', 'healthy'),
  one('api-gateway', 'healthy'),
]

describe('the health of a fleet', () => {
  it('is whole when all of it is', () => {
    expect(fleetHealth(whole)).toEqual({
      'data-ingestion': 'healthy',
      'websocket-service': 'healthy',
      'api-gateway': 'healthy',
    })
  })

  it('is down for what nobody announces', () => {
    expect(new Set(Object.values(fleetHealth([])))).toEqual(new Set(['down']))
    expect(fleetHealth(whole.slice(1))['data-ingestion']).toBe('down')
  })

  it('is degraded while a process of several is not well, and down when none works', () => {
    const [, , , other, gateway] = whole
    const lame = fleetHealth([one('websocket-service', 'down'), other!, gateway!])
    expect(lame['websocket-service']).toBe('degraded')
    expect(fleetHealth([one('websocket-service', 'down')])['websocket-service']).toBe('down')
    expect(fleetHealth([one('api-gateway', 'degraded')])['api-gateway']).toBe('degraded')
  })

  it('is that of the worst pipeline for ingestion', () => {
    const archive = one('data-ingestion', 'degraded', 'archive')
    expect(fleetHealth([...whole, archive])['data-ingestion']).toBe('degraded')
  })
})

describe('devices', () => {
  it('are taken while any bridge works', () => {
    expect(takesDevices(whole)).toBe(true)
    expect(
      takesDevices([one('data-ingestion', 'down', 'bridge'), one('data-ingestion', 'healthy', 'live')]),
    ).toBe(false)
  })
})
