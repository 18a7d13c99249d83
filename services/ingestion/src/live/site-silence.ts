import { type AlertSeverity, PARTITIONS, partitionOf, siteAlertKey } from '@iot/contracts'
import type { Clock, LiveState } from '@iot/ports'
import type { Logger } from '@iot/runtime'
import type { SiteWord } from './alerts/held-openings.js'
import type { RuleSet } from './alerts/rule-set.js'
import type { LivePartition } from './live-partition.js'
import { type SiteFinding, SiteScan } from './site-scan.js'

const EVERY_MS = 2_000
/** A site must be found silent so often, one look after another. */
const LOOKS_NEEDED = 2
/** Alerts about devices that are let go at one look, of one partition and site. */
const RELEASED_AT_ONCE = 500

export interface SiteSilenceDeps {
  readonly state: Pick<LiveState, 'get'>
  readonly clock: Clock
  readonly logger: Logger
  readonly everyMs?: number | undefined
  rules(): RuleSet
  partitions(): Iterable<LivePartition>
  owned(partition: number): LivePartition | undefined
}

/** How a site has been lately. */
interface Course extends SiteWord, SiteFinding {
  readonly looks: number
  /** the alert after whose opening it has been heard */
  readonly heardAfter: string | undefined
}

/**
 * A site whose devices are all offline is one alert, not one for each of them. Every member looks at the same states, of
 * all partitions: who owns the site’s key opens and closes its alert, and whoever owns a device of it holds the device’s
 * own alert back for as long.
 */
export function createSiteSilence(deps: SiteSilenceDeps) {
  const { clock, logger } = deps
  const scan = new SiteScan(deps)
  const courses = new Map<string, Course>()
  let timer: NodeJS.Timeout | undefined
  let isStopped = false
  let isFailing = false

  async function look(): Promise<void> {
    const rules = deps.rules()
    const sites = watchedSites(rules)
    for (const site of courses.keys()) if (!sites.has(site)) courses.delete(site)
    await scan.askWitnesses([...sites.keys()])
    for (const [site, heldMs] of sites) {
      const nowMs = clock.nowMs()
      const found = await scan.look(site, rules, heldMs, nowMs)
      if (isStopped) return
      if (found) courses.set(site, courseOf(site, found, nowMs))
    }
  }

  /** Those whose alerts are this member’s, and those for whose word an alert waits: since when at the latest. */
  function watchedSites(rules: RuleSet): Map<string, number | undefined> {
    const sites = new Map<string, number | undefined>()
    for (const [site, deviceIds] of rules.sites) {
      if (deviceIds.length >= 2 && ownerOf(site)) sites.set(site, undefined)
    }
    for (const { alerts } of deps.partitions()) {
      for (const site of alerts.held.sites()) {
        const heldMs = Math.max(sites.get(site) ?? 0, alerts.held.newestMs(site) ?? 0)
        if (rules.devicesAt(site).length >= 2) sites.set(site, heldMs)
      }
    }
    return sites
  }

  function ownerOf(site: string): LivePartition | undefined {
    return deps.owned(partitionOf(siteAlertKey(site), PARTITIONS))
  }

  function courseOf(site: string, found: SiteFinding, nowMs: number): Course {
    const before = courses.get(site)
    const isBack = before?.isSilent === true && !found.isSilent
    const backMs = isBack ? nowMs : (before?.backMs ?? Number.NEGATIVE_INFINITY)
    const alert = ownerOf(site)?.alerts.ownAlert({ key: siteAlertKey(site) })
    return {
      ...found,
      backMs,
      looks: found.isSilent ? (before?.looks ?? 0) + 1 : 0,
      heardAfter: found.isSilent ? before?.heardAfter : alert?.alertId,
    }
  }

  function decide(): void {
    const rules = deps.rules()
    const nowMs = clock.nowMs()
    for (const [site, course] of courses) {
      const owned = ownerOf(site)
      if (owned && !owned.gate) weigh(owned, site, course, rules)
    }
    for (const owned of deps.partitions()) {
      if (owned.gate) continue
      if (!rules.isCopy) closeForgotten(owned, rules)
      for (const site of [...owned.alerts.held.sites()]) {
        owned.alerts.letGo(site, courses.get(site), nowMs, RELEASED_AT_ONCE)
      }
    }
  }

  function weigh({ alerts }: LivePartition, site: string, course: Course, rules: RuleSet): void {
    const key = siteAlertKey(site)
    const alert = alerts.ownAlert({ key })
    const isActive = alert !== undefined && alert.state !== 'closed'
    const severity = severityAt(site, rules)
    if (isActive && (!course.isSilent || !severity)) alerts.closeOwn({ key })
    // Resolved by hand: it opens again only after one of its devices has been heard.
    const isHeld = alert?.closeReason === 'resolved' && course.heardAfter !== alert.alertId
    if (isActive || isHeld || course.looks < LOOKS_NEEDED || !severity) return
    const affectedDevices = course.offline
    const message = `All ${affectedDevices} devices at ${site} are silent`
    alerts.openOwn({ key, type: 'connectivity', severity, site, message, affectedDevices })
  }

  /** A site that is not any more, or has one device left: that one speaks for itself. */
  function closeForgotten({ alerts }: LivePartition, rules: RuleSet): void {
    for (const { key, expected } of [...alerts.book.active()]) {
      const { site, deviceId, type } = expected!
      if (deviceId !== undefined || type === 'system' || site === undefined) continue
      if (rules.devicesAt(site).length < 2) alerts.closeOwn({ key })
    }
  }

  async function turn(): Promise<void> {
    try {
      await look()
      isFailing = false
    } catch (error) {
      const words = 'how whole sites are can’t be told: what was known of them last stays'
      logger[isFailing ? 'debug' : 'warn']({ err: error }, words)
      isFailing = true
    }
    if (isStopped) return
    try {
      decide()
    } catch (error) {
      logger.error({ err: error }, 'what became of whole sites could not be decided')
    }
    timer = setTimeout(() => void turn(), deps.everyMs ?? EVERY_MS).unref()
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

/** The worst of the rules about devices of the site that don’t speak; without any nobody wants to be told. */
function severityAt(site: string, rules: RuleSet): AlertSeverity | undefined {
  let worst: AlertSeverity | undefined
  for (const deviceId of rules.devicesAt(site)) {
    for (const { rule } of rules.about(deviceId, undefined)) {
      if (rule.severity === 'critical') return 'critical'
      worst = rule.severity
    }
  }
  return worst
}
