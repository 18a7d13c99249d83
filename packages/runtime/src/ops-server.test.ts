import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { ComponentReport } from './component.js'
import { createMetrics, type Metrics } from './metrics.js'
import { answerOps } from './ops-server.js'

let server: Server
let base: string
let reports: Record<string, ComponentReport>
let draining: boolean
let metrics: Metrics | undefined

beforeEach(async () => {
  reports = { log: { status: 'healthy' }, store: { status: 'healthy' } }
  draining = false
  metrics = createMetrics()
  server = createServer(async (request, response) => {
    const state = {
      reports: () => reports,
      draining: () => draining,
      metrics,
      service: 'test',
      version: '1.2.3',
    }
    if (!(await answerOps(state, request, response))) response.writeHead(418).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterEach(async () => {
  const closed = new Promise((resolve) => server.close(resolve))
  server.closeAllConnections()
  await closed
})

const statusOf = async (path: string) => (await fetch(base + path)).status

describe('/livez', () => {
  it('is 200 whatever the parts say, and while the process drains', async () => {
    reports.store = { status: 'down' }
    draining = true
    expect(await statusOf('/livez')).toBe(200)
  })
})

describe('/readyz', () => {
  it('is 200 while every part works', async () => {
    expect(await statusOf('/readyz')).toBe(200)
  })

  it('stays 200 where a part is degraded: sending people away would not help them', async () => {
    reports.store = { status: 'degraded', detail: 'waits' }
    expect(await statusOf('/readyz')).toBe(200)
  })

  it('is 503 where a part is down, and 200 again when it is back', async () => {
    reports.store = { status: 'down' }
    expect(await statusOf('/readyz')).toBe(503)
    reports.store = { status: 'healthy' }
    expect(await statusOf('/readyz')).toBe(200)
  })

  it('is 503 from the moment the process drains', async () => {
    draining = true
    expect(await statusOf('/readyz')).toBe(503)
  })
})

describe('/health', () => {
  it('tells how each part is, who answers, and is not kept by caches', async () => {
    reports.store = { status: 'degraded', detail: 'waits for room' }
    const response = await fetch(`${base}/health?verbose`)
    expect(response.status).toBe(200)
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(await response.json()).toEqual({
      status: 'degraded',
      service: 'test',
      version: '1.2.3',
      uptime: expect.any(Number),
      components: { log: { status: 'healthy' }, store: { status: 'degraded', detail: 'waits for room' } },
    })
  })

  it('is as bad as the worst part, whatever the order', async () => {
    reports = { a: { status: 'degraded' }, b: { status: 'down' }, c: { status: 'degraded' } }
    const response = await fetch(`${base}/health`)
    expect([response.status, await response.json()]).toEqual([
      503,
      expect.objectContaining({ status: 'down' }),
    ])
  })

  it('says that the process drains', async () => {
    draining = true
    const response = await fetch(`${base}/health`)
    expect(response.status).toBe(503)
    expect(await response.json()).toMatchObject({ status: 'draining' })
  })
})

describe('/metrics', () => {
  it('gives the Prometheus text format', async () => {
    metrics?.counter({ name: 'iot_things_total', help: 'Things.' }).inc(2)
    const response = await fetch(`${base}/metrics`)
    expect(response.headers.get('content-type')).toContain('text/plain')
    expect(await response.text()).toContain('iot_things_total 2')
  })

  it('is 404 where metrics are switched off', async () => {
    metrics = undefined
    expect(await statusOf('/metrics')).toBe(404)
  })
})

describe('other requests', () => {
  it('are left to others: paths that are none of these, and methods that would change something', async () => {
    expect(await statusOf('/healthy')).toBe(418)
    expect((await fetch(`${base}/health`, { method: 'POST' })).status).toBe(418)
  })

  it('of the kind HEAD are answered like GET, without the body', async () => {
    const response = await fetch(`${base}/readyz`, { method: 'HEAD' })
    expect([response.status, await response.text()]).toEqual([200, ''])
  })
})
