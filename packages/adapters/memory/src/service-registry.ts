import type { Clock, FleetService, ServiceAnnouncement, ServiceRegistry } from '@iot/ports'

/** The processes that share this memory: the parts of all-in-one, and tests. */
export function createMemoryServiceRegistry(options: { clock: Clock; ttlMs?: number }): ServiceRegistry {
  const { clock, ttlMs = 10_000 } = options
  const known = new Map<string, { announcement: ServiceAnnouncement; atMs: number }>()
  const keyOf = (service: FleetService, instance: string) => `${service} ${instance}`

  function sweep(): void {
    for (const [key, { atMs }] of known) if (atMs <= clock.nowMs() - ttlMs) known.delete(key)
  }

  return {
    async announce(announcement) {
      sweep()
      const { service, instance } = announcement
      known.set(keyOf(service, instance), {
        announcement: structuredClone(announcement),
        atMs: clock.nowMs(),
      })
    },
    async list() {
      sweep()
      return [...known]
        .sort(([one], [other]) => (one < other ? -1 : 1))
        .map(([, { announcement }]) => structuredClone(announcement))
    },
    async withdraw(service, instance) {
      known.delete(keyOf(service, instance))
    },
  }
}
