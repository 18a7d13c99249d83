import type { FleetService, ServiceRegistry } from '@iot/ports'
import type { Component, ComponentReport, Logger } from '@iot/runtime'
import { worstHealth } from '@iot/runtime'

export interface AnnouncerDeps {
  readonly registry: ServiceRegistry
  readonly service: FleetService
  /** unique among the processes that live */
  readonly instance: string
  readonly version: string
  readonly startedAt: Date
  readonly logger: Logger
  /** How the parts of the process are. */
  reports(): Readonly<Record<string, ComponentReport>>
  figures(): Readonly<Record<string, number>>
  readonly everyMs?: number
}

/**
 * Tells the fleet every other second that this process lives and how it is. It never fails the process: who is not
 * heard is taken for gone, and that is what a process without its registry looks like.
 */
export function createAnnouncer(deps: AnnouncerDeps): Component {
  const { registry, service, instance, logger, everyMs = 2_000 } = deps
  let timer: NodeJS.Timeout | undefined
  let telling: Promise<void> | undefined
  let isAway = false

  async function tell(): Promise<void> {
    try {
      await registry.announce(announcementOf(deps))
      isAway = false
    } catch (error) {
      if (!isAway) logger.warn({ err: error }, 'the fleet can’t be told that this process lives')
      isAway = true
    }
  }

  /** A registry that hangs is told once, not once more with every turn. */
  function turn(): Promise<void> {
    telling ??= tell().finally(() => {
      telling = undefined
    })
    return telling
  }

  return {
    name: 'announcer',
    async start() {
      timer = setInterval(() => void turn(), everyMs).unref()
      await turn()
    },
    async stop() {
      clearInterval(timer)
      timer = undefined
      await telling
      await registry.withdraw(service, instance).catch((error: unknown) => {
        logger.debug({ err: error }, 'the fleet can’t be told that this process ends')
      })
    },
  }
}

function announcementOf({ service, instance, version, startedAt, reports, figures }: AnnouncerDeps) {
  const parts = Object.values(reports())
  const health = worstHealth(parts.map(({ status }) => status))
  const detail = parts.find(({ status }) => status === health && health !== 'healthy')?.detail
  return {
    service,
    instance,
    health,
    ...(detail !== undefined && { detail }),
    startedAt: startedAt.toISOString(),
    version,
    figures: figures(),
  }
}
