import type { ComponentHealth, SystemStatusEvent } from '@iot/contracts'
import type { Clock, DeviceStore, LiveState } from '@iot/ports'
import { type Logger, worstHealth } from '@iot/runtime'
import type { Handler } from '../events/dispatcher.js'
import type { Session } from '../sessions/session.js'

/** Between two messages while nothing changes. */
const EVERY_MS = 10_000
/** How soon a change of health is told. */
const LOOK_MS = 2_000

export interface SystemFeedDeps {
  /** Health by the guide's names of the services. */
  services(): Promise<Record<string, ComponentHealth>>
  readonly state: Pick<LiveState, 'counts' | 'rate'>
  readonly devices: Pick<DeviceStore, 'count'>
  readonly clock: Clock
  readonly logger: Logger
}

export interface SystemFeed {
  readonly subscribe: Handler
  readonly unsubscribe: Handler
  /** The session has gone. */
  leave(session: Session): void
  start(): void
  stop(): void
}

/**
 * `system:status` for those who asked for it: at once, every 10 s, and within 2 s when a service's health has changed.
 * While what the services share is away nobody can say how they are: then all are `degraded`, with the last figures
 * that are known. Without subscribers nobody is asked.
 */
export function createSystemFeed(deps: SystemFeedDeps): SystemFeed {
  const { clock, logger } = deps
  const subscribers = new Set<Session>()
  const startedAtMs = clock.nowMs()
  let last: SystemStatusEvent | undefined
  let lastAtMs = Number.NEGATIVE_INFINITY
  let timer: NodeJS.Timeout | undefined
  let isLooking = false

  async function look(): Promise<SystemStatusEvent> {
    const [services, metrics] = await Promise.all([
      deps.services().catch((error: unknown) => unknownHealth(error)),
      figures().catch(() => last?.metrics ?? NO_FIGURES),
    ])
    return {
      status: worstHealth(Object.values(services)),
      timestamp: new Date(clock.nowMs()).toISOString(),
      uptime: Math.max(0, (clock.nowMs() - startedAtMs) / 1_000),
      services,
      metrics,
    }
  }

  function unknownHealth(error: unknown): Record<string, ComponentHealth> {
    logger.debug({ err: error }, 'how the services are can’t be found out')
    const names = Object.keys(last?.services ?? { 'websocket-service': 'degraded' })
    return Object.fromEntries(names.map((name) => [name, 'degraded']))
  }

  async function figures(): Promise<SystemStatusEvent['metrics']> {
    const [counts, rate] = await Promise.all([deps.state.counts(), deps.state.rate()])
    return {
      activeDevices: counts.online,
      // The store knows the devices that never sent too; while it is away, those that did are what is known.
      totalDevices: await deps.devices.count().catch(() => counts.total),
      dataPointsPerMinute: rate.readingsPerMinute,
      activeAlerts: 0,
    }
  }

  async function tick(): Promise<void> {
    if (isLooking || subscribers.size === 0) return
    isLooking = true
    try {
      const status = await look()
      const isDue = performance.now() - lastAtMs >= EVERY_MS
      if (isDue || isOther(status, last)) {
        lastAtMs = performance.now()
        for (const { link } of subscribers) if (link.isOpen()) link.emit('system:status', status)
      }
      last = status
    } finally {
      isLooking = false
    }
  }

  return {
    async subscribe(session) {
      const status = await look()
      if (subscribers.size === 0) {
        last = status
        lastAtMs = performance.now()
      }
      subscribers.add(session)
      return { answer: {}, after: () => session.link.emit('system:status', status) }
    },
    unsubscribe(session) {
      subscribers.delete(session)
      return { answer: {} }
    },
    leave: (session) => void subscribers.delete(session),
    start() {
      timer = setInterval(() => {
        tick().catch((error: unknown) =>
          logger.error({ err: error }, 'the state of the system can’t be told'),
        )
      }, LOOK_MS).unref()
    },
    stop() {
      clearInterval(timer)
      subscribers.clear()
    },
  }
}

const NO_FIGURES = { activeDevices: 0, totalDevices: 0, dataPointsPerMinute: 0, activeAlerts: 0 }

function isOther(status: SystemStatusEvent, last: SystemStatusEvent | undefined): boolean {
  return JSON.stringify(status.services) !== JSON.stringify(last?.services)
}
