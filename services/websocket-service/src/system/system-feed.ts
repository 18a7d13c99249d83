import type { ComponentHealth, SystemStatusEvent } from '@iot/contracts'
import type { AlertStore, Clock, DeviceStore, LiveState } from '@iot/ports'
import { type Logger, worstHealth } from '@iot/runtime'
import type { Handler } from '../events/dispatcher.js'
import type { Session } from '../sessions/session.js'

/** Between two messages while nothing changes. */
const EVERY_MS = 10_000
/** How soon a change of health is told. */
const LOOK_MS = 2_000
/** How long a store that is slow, or frozen, may keep the rest waiting. */
const COUNT_WITHIN_MS = 1_000

export interface SystemFeedDeps {
  /** Health by the guide's names of the services. */
  services(): Promise<Record<string, ComponentHealth>>
  readonly state: Pick<LiveState, 'counts' | 'rate'>
  readonly devices: Pick<DeviceStore, 'count'>
  readonly alerts: Pick<AlertStore, 'countActive'>
  readonly clock: Clock
  readonly logger: Logger
}

export interface SystemFeed {
  readonly subscribe: Handler
  readonly unsubscribe: Handler
  has(session: Session): boolean
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
  /** who has asked, and waits for the first answer */
  const asking = new Set<Session>()
  const startedAtMs = clock.nowMs()
  let last: SystemStatusEvent | undefined
  let lastAtMs = Number.NEGATIVE_INFINITY
  let timer: NodeJS.Timeout | undefined
  let isLooking = false
  const totalDevices = askedOnce(() => deps.devices.count())
  const activeAlerts = askedOnce(async () => {
    const { warning, critical } = await deps.alerts.countActive()
    return warning + critical
  })

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
    // The store knows the devices that never sent too; while it does not answer, those that did are what is known.
    const [devices, alerts] = await Promise.all([
      totalDevices(counts.total),
      activeAlerts(last?.metrics.activeAlerts ?? 0),
    ])
    return {
      activeDevices: counts.online,
      totalDevices: devices,
      dataPointsPerMinute: rate.readingsPerMinute,
      activeAlerts: alerts,
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

  /** Who has gone, or thought better of it, while the status was being found out is not taken in. */
  function admit(session: Session, status: SystemStatusEvent): void {
    if (!asking.delete(session)) return
    if (subscribers.size === 0) {
      last = status
      lastAtMs = performance.now()
    }
    subscribers.add(session)
    session.link.emit('system:status', status)
  }

  function forget(session: Session): void {
    asking.delete(session)
    subscribers.delete(session)
  }

  return {
    async subscribe(session) {
      asking.add(session)
      const status = await look()
      return { answer: {}, after: () => admit(session, status) }
    },
    unsubscribe(session) {
      forget(session)
      return { answer: {} }
    },
    has: (session) => subscribers.has(session) || asking.has(session),
    leave: forget,
    start() {
      timer = setInterval(() => {
        tick().catch((error: unknown) =>
          logger.error({ err: error }, 'the state of the system can’t be told'),
        )
      }, LOOK_MS).unref()
    },
    stop() {
      clearInterval(timer)
      asking.clear()
      subscribers.clear()
    },
  }
}

const NO_FIGURES = { activeDevices: 0, totalDevices: 0, dataPointsPerMinute: 0, activeAlerts: 0 }

/** One question at a time, however many wait for its answer; who gets none soon goes on with what is known. */
function askedOnce(ask: () => Promise<number>): (known: number) => Promise<number> {
  let asking: Promise<number> | undefined
  return (known) => {
    asking ??= ask().finally(() => {
      asking = undefined
    })
    return soon(asking, known)
  }
}

/** The outcome of the work, or something else where it fails or takes too long. */
function soon<Outcome>(work: Promise<Outcome>, otherwise: Outcome): Promise<Outcome> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, COUNT_WITHIN_MS, otherwise)
    work.then(resolve, () => resolve(otherwise)).finally(() => clearTimeout(timer))
  })
}

function isOther(status: SystemStatusEvent, last: SystemStatusEvent | undefined): boolean {
  return JSON.stringify(status.services) !== JSON.stringify(last?.services)
}
