import { createMemoryServiceRegistry } from '@iot/adapter-memory'
import { type ServiceRegistry, StoreUnavailable, systemClock } from '@iot/ports'
import { type ComponentReport, silentLogger } from '@iot/runtime'
import { until } from '@iot/testkit'
import { afterEach, describe, expect, it } from '@jest/globals'
import { type AnnouncerDeps, createAnnouncer } from './announce.js'

const context = { signal: new AbortController().signal, fail: () => {} }

describe('the announcer', () => {
  let stop: (() => Promise<void>) | undefined
  afterEach(() => stop?.())

  async function announce(more: Partial<AnnouncerDeps> = {}) {
    const registry = createMemoryServiceRegistry({ clock: systemClock })
    const announcer = createAnnouncer({
      registry,
      service: 'websocket-service',
      instance: 'one',
      version: '1.2.3',
      startedAt: new Date('2026-01-01T00:00:00.000Z'),
      logger: silentLogger(),
      reports: () => ({ sockets: { status: 'healthy' } }),
      figures: () => ({ connections: 7 }),
      everyMs: 10,
      ...more,
    })
    stop = () => announcer.stop()
    await announcer.start(context)
    return { registry, announcer }
  }

  it('is known when it has started, and no more when it has stopped', async () => {
    const { registry, announcer } = await announce()
    expect(await registry.list()).toEqual([
      {
        service: 'websocket-service',
        instance: 'one',
        health: 'healthy',
        startedAt: '2026-01-01T00:00:00.000Z',
        version: '1.2.3',
        figures: { connections: 7 },
      },
    ])
    await announcer.stop()
    expect(await registry.list()).toEqual([])
  })

  it('tells as it goes on, and is as bad as the worst of its parts', async () => {
    const reports: Record<string, ComponentReport> = { sockets: { status: 'healthy' } }
    const { registry } = await announce({ reports: () => reports })
    reports['live-bus'] = { status: 'degraded', detail: 'the live bus is away' }
    await until('it is told', async () => (await registry.list())[0]?.health === 'degraded')
    expect((await registry.list())[0]?.detail).toBe('the live bus is away')
  })

  it('goes on when the registry is away, and when a part can’t say how it is', async () => {
    const kept = createMemoryServiceRegistry({ clock: systemClock })
    let calls = 0
    const registry: ServiceRegistry = {
      ...kept,
      async announce(announcement) {
        calls += 1
        if (calls < 3) throw new StoreUnavailable('away')
        return kept.announce(announcement)
      },
    }
    let looks = 0
    await announce({
      registry,
      figures: () => {
        looks += 1
        if (looks === 4) throw new Error('not yet')
        return { looks }
      },
    })
    await until('it is told again', async () => Number((await kept.list())[0]?.figures.looks) > 4)
  })
})
