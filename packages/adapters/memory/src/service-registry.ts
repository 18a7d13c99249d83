import {
  type Clock,
  type FleetService,
  LOST_KEPT_MS,
  type ServiceAnnouncement,
  type ServiceRegistry,
} from '@iot/ports'

interface Known {
  readonly announcement: ServiceAnnouncement
  readonly atMs: number
}

/** The processes that share this memory: the parts of all-in-one, and tests. */
export function createMemoryServiceRegistry(options: { clock: Clock; ttlMs?: number }): ServiceRegistry {
  const { clock, ttlMs = 10_000 } = options
  const known = new Map<string, Known>()
  const keyOf = (service: FleetService, instance: string) => `${service} ${instance}`

  function sweep(): void {
    for (const [key, { atMs }] of known) if (atMs <= clock.nowMs() - LOST_KEPT_MS) known.delete(key)
  }

  function inOrder(isWanted: (one: Known) => boolean): Known[] {
    sweep()
    return [...known]
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([, one]) => one)
      .filter(isWanted)
  }

  function lives({ atMs }: Known): boolean {
    return atMs > clock.nowMs() - ttlMs
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
      return inOrder(lives).map(({ announcement }) => structuredClone(announcement))
    },
    async lost() {
      return inOrder((one) => !lives(one)).map(({ announcement: { service, instance }, atMs }) => ({
        ...{ service, instance },
        lastMs: atMs,
      }))
    },
    async withdraw(service, instance) {
      known.delete(keyOf(service, instance))
    },
  }
}
