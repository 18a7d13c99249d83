import { PARTITIONS, partitionOf, SYSTEM_ALERT_KEY } from '@iot/contracts'
import type { Clock } from '@iot/ports'
import type { Logger } from '@iot/runtime'
import type { LivePartition } from '../live-partition.js'
import { within } from '../within.js'
import type { SystemCheck } from './system-check.js'

/** Where the alerts about the system are, and who owns it watches. */
export const SYSTEM_PARTITION = partitionOf(SYSTEM_ALERT_KEY, PARTITIONS)
const EVERY_MS = 5_000
/** How long one look may take; later it says nothing. */
const LOOK_MS = 4_000
/** How long all must be well before an alert closes. */
const CALM_MS = 15_000

export interface SystemWatchDeps {
  readonly checks: readonly SystemCheck[]
  readonly clock: Clock
  readonly logger: Logger
  readonly everyMs?: number | undefined
  /** the partition of the alerts about the system, where it is this member's */
  owned(): LivePartition | undefined
}

/** How a check has been lately. */
interface Course {
  /** amiss since; undefined: it is not */
  amissMs: number | undefined
  /** well since */
  calmMs: number | undefined
  /** the alert after whose opening it has been well */
  calmAfter: string | undefined
}

/**
 * Watches over the system itself, in the one member that owns the partition of its alerts: what is amiss for long
 * enough opens an alert, and what is well again closes it. They are alerts like all others, also for who sees to them.
 */
export function createSystemWatch(deps: SystemWatchDeps) {
  const { checks, clock, logger } = deps
  const courses = new Map<string, Course>()
  let watched: LivePartition | undefined
  let timer: NodeJS.Timeout | undefined
  let isStopped = false

  async function look(): Promise<void> {
    const owned = deps.owned()
    if (owned !== watched) courses.clear()
    watched = owned
    if (!owned) return
    const nowMs = clock.nowMs()
    const found = await Promise.all(checks.map((check) => lookAt(check, nowMs)))
    // What it found is weighed at the next look where nothing can be decided now.
    if (isStopped || owned.gate || deps.owned() !== owned) return
    checks.forEach((check, at) => {
      if (found[at] !== undefined) weigh(owned, check, found[at], nowMs)
    })
  }

  async function lookAt(check: SystemCheck, nowMs: number): Promise<string | null | undefined> {
    try {
      return await within(LOOK_MS, check.look(nowMs))
    } catch (error) {
      logger.debug({ err: error, check: check.name }, 'how a part of the system is can’t be told')
      return undefined
    }
  }

  function weigh({ alerts }: LivePartition, check: SystemCheck, amiss: string | null, nowMs: number): void {
    const { name, severity, affectedServices, forMs } = check
    const own = { key: SYSTEM_ALERT_KEY, ruleId: `system:${name}` }
    const alert = alerts.ownAlert(own)
    const isActive = alert !== undefined && alert.state !== 'closed'
    const course = courseOf(name)
    if (amiss === null) {
      course.amissMs = undefined
      course.calmMs ??= nowMs
      course.calmAfter = alert?.alertId
      if (isActive && nowMs - course.calmMs >= CALM_MS) alerts.closeOwn(own)
      return
    }
    course.calmMs = undefined
    course.amissMs ??= nowMs
    // Resolved by hand: it opens again only after it has been well once.
    const isHeld = alert?.closeReason === 'resolved' && course.calmAfter !== alert.alertId
    if (isActive || isHeld || nowMs - course.amissMs < forMs) return
    const services = [...affectedServices]
    alerts.openOwn({ ...own, type: 'system', severity, message: amiss, affectedServices: services })
  }

  function courseOf(name: string): Course {
    let course = courses.get(name)
    if (!course) {
      course = { amissMs: undefined, calmMs: undefined, calmAfter: undefined }
      courses.set(name, course)
    }
    return course
  }

  async function turn(): Promise<void> {
    try {
      await look()
    } catch (error) {
      logger.warn({ err: error }, 'the system could not be watched')
    }
    if (!isStopped) timer = setTimeout(() => void turn(), deps.everyMs ?? EVERY_MS).unref()
  }

  return {
    start(): void {
      isStopped = false
      void turn()
    },
    stop(): void {
      isStopped = true
      clearTimeout(timer)
    },
  }
}
