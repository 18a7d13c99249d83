import type { ServiceAnnouncement, ServiceRegistry } from '@iot/ports'
import { until } from '@iot/testkit'
import { beforeEach, describe, expect, it } from '@jest/globals'

/** `create` makes an empty registry that forgets after `ttlMs`; of a fake clock `pass` lets that time go by. */
export function describeServiceRegistry(
  name: string,
  create: (options: { ttlMs: number }) => Promise<{ registry: ServiceRegistry; pass?: (ms: number) => void }>,
): void {
  describe(`service registry: ${name}`, () => {
    const AMPLE_MS = 60_000
    let registry: ServiceRegistry
    beforeEach(async () => {
      registry = (await create({ ttlMs: AMPLE_MS })).registry
    })

    it('knows nobody at first', async () => {
      expect(await registry.list()).toEqual([])
    })

    it('lists who has announced itself, by service and instance', async () => {
      await registry.announce(announcement({ instance: 'b' }))
      await registry.announce(announcement({ instance: 'a', detail: 'the live bus is away' }))
      await registry.announce(announcement({ service: 'api-gateway', instance: 'z', figures: {} }))
      expect(await registry.list()).toEqual([
        announcement({ service: 'api-gateway', instance: 'z', figures: {} }),
        announcement({ instance: 'a', detail: 'the live bus is away' }),
        announcement({ instance: 'b' }),
      ])
    })

    it('knows the last word of each', async () => {
      await registry.announce(announcement({ figures: { connections: 1 } }))
      await registry.announce(announcement({ health: 'degraded', figures: { connections: 2.5 } }))
      expect(await registry.list()).toEqual([
        announcement({ health: 'degraded', figures: { connections: 2.5 } }),
      ])
    })

    it('forgets who leaves, and that one alone', async () => {
      await registry.announce(announcement({ instance: 'a' }))
      await registry.announce(announcement({ instance: 'b' }))
      await registry.withdraw('websocket-service', 'a')
      await registry.withdraw('websocket-service', 'never known')
      expect((await registry.list()).map(({ instance }) => instance)).toEqual(['b'])
    })

    it('forgets who has fallen silent, and keeps who speaks', async () => {
      const { registry, pass = () => {} } = await create({ ttlMs: 1_000 })
      await registry.announce(announcement({ instance: 'silent' }))
      await until('the silent one is forgotten', async () => {
        pass(100)
        await registry.announce(announcement({ instance: 'speaks' }))
        const instances = (await registry.list()).map(({ instance }) => instance)
        expect(instances).toContain('speaks')
        return !instances.includes('silent')
      })
    })

    it('tells who was lost without a goodbye, until they speak again', async () => {
      const { registry, pass = () => {} } = await create({ ttlMs: 1_000 })
      await registry.announce(announcement({ instance: 'silent' }))
      await registry.announce(announcement({ instance: 'ended' }))
      await registry.withdraw('websocket-service', 'ended')
      expect(await registry.lost()).toEqual([])
      await until('the silent one is lost', async () => {
        pass(100)
        await registry.announce(announcement({ instance: 'speaks' }))
        return (await registry.lost()).length > 0
      })
      expect(await registry.lost()).toEqual([
        { service: 'websocket-service', instance: 'silent', lastMs: expect.any(Number) },
      ])
      await registry.announce(announcement({ instance: 'silent' }))
      expect(await registry.lost()).toEqual([])
      expect((await registry.list()).map(({ instance }) => instance)).toEqual(['silent', 'speaks'])
    })
  })
}

function announcement(more: Partial<ServiceAnnouncement> = {}): ServiceAnnouncement {
  return {
    service: 'websocket-service',
    instance: 'one',
    health: 'healthy',
    startedAt: '2026-01-01T00:00:00.000Z',
    version: '0.1.0',
    figures: { connections: 3, readingsPerSecond: 12.5 },
    ...more,
  }
}
