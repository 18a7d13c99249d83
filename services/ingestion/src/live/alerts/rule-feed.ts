import type { AlertRule, MaintenanceWindow } from '@iot/contracts'
import type { AlertRuleStore, Clock, DeviceSite, DeviceStore, EventLog, SnapshotStore } from '@iot/ports'
import { MAX_ALERT_RULES, MAX_MAINTENANCE_WINDOWS } from '@iot/ports'
import type { Logger } from '@iot/runtime'
import { within } from '../within.js'

/** Between two questions whether something has changed: a rule is to be in force within two seconds. */
const EVERY_MS = 1_000
/** How long one answer may take. */
const ANSWER_MS = 5_000
/** How long the start waits for the first answer before it goes by the copy. */
const PATIENCE_MS = 3_000
const PAGE = 1_000
const SITES_PAGE = 5_000
/** The name under which the copy is kept, so that `live` begins with the rules though the database is away. */
const COPY_OWNER = 'rules'
const COPY_AGAIN_MS = 86_400_000

/** All that is read to know which rule is about which device, and when. */
export interface RuleSource {
  readonly rules: readonly AlertRule[]
  readonly windows: readonly MaintenanceWindow[]
  readonly sites: readonly DeviceSite[]
}

export interface RuleFeedDeps {
  readonly rules: Pick<AlertRuleStore, 'list' | 'listWindows' | 'version'>
  readonly devices: Pick<DeviceStore, 'listSites' | 'sitesVersion'>
  readonly snapshots: SnapshotStore
  readonly log: Pick<EventLog, 'epoch'>
  readonly maxDevices: number
  readonly clock: Clock
  readonly logger: Logger
  /** Puts them in force. `isCopy`: it is what was known before the start, and may be old. */
  apply(source: RuleSource, isCopy: boolean): void
  readonly everyMs?: number | undefined
  readonly patienceMs?: number | undefined
}

export interface RuleFeed {
  /** Resolves when the rules are known, or after seconds without an answer and a look at the copy. */
  start(): Promise<void>
  stop(): void
}

/** Keeps what is in force in step with the store. While the store is away, what was known last stays in force. */
export function createRuleFeed(deps: RuleFeedDeps): RuleFeed {
  const { clock, logger, everyMs = EVERY_MS, patienceMs = PATIENCE_MS } = deps
  let timer: NodeJS.Timeout | undefined
  let known: { version: string; sitesVersion: string; source: RuleSource } | undefined
  let copiedMs = 0
  let isFailing = false
  let isStopped = false
  /** One at a time: what was read earlier must not be put in force later. */
  let reading: Promise<void> | undefined

  async function follow(): Promise<void> {
    const version = await deps.rules.version()
    const sitesVersion = await deps.devices.sitesVersion()
    const isSame = known?.version === version
    const areSitesSame = known?.sitesVersion === sitesVersion
    if (known && isSame && areSitesSame) {
      // Copies don't last for ever either.
      if (clock.nowMs() - copiedMs >= COPY_AGAIN_MS) await copy(known.source)
      return
    }
    const source = {
      ...(isSame && known ? known.source : await readRules(deps)),
      sites: areSitesSame && known ? known.source.sites : await readSites(deps),
    }
    if (isStopped) return
    deps.apply(source, false)
    // What changed while it was being read has another version than these: it is read again.
    known = { version, sitesVersion, source }
    await copy(source)
  }

  async function copy(source: RuleSource): Promise<void> {
    copiedMs = clock.nowMs()
    await keepCopy(deps, source)
  }

  async function turn(): Promise<void> {
    try {
      reading ??= follow().finally(() => {
        reading = undefined
      })
      await within(ANSWER_MS, reading)
      if (isFailing) logger.info('the alert rules can be read again')
      isFailing = false
    } catch (error) {
      const words = 'the alert rules can’t be read: what was known last stays in force'
      logger[isFailing ? 'debug' : 'warn']({ err: error }, words)
      isFailing = true
    }
    if (!isStopped) timer = setTimeout(() => void turn(), everyMs).unref()
  }

  async function applyCopy(): Promise<void> {
    try {
      const copy = await deps.snapshots.load(COPY_OWNER, deps.log.epoch, 0)
      if (!copy || known) return
      deps.apply(JSON.parse(copy.state) as RuleSource, true)
      logger.warn('the alert rules can’t be read yet: a copy of them is in force')
    } catch (error) {
      logger.warn({ err: error }, 'there is no copy of the alert rules either: none is in force yet')
    }
  }

  return {
    async start() {
      isStopped = false
      await Promise.race([turn(), pause(patienceMs)])
      if (!known) await applyCopy()
    },
    stop() {
      isStopped = true
      clearTimeout(timer)
    },
  }
}

async function readRules({ rules, clock }: RuleFeedDeps) {
  const list: AlertRule[] = []
  for (;;) {
    const after = list.at(-1)?.id
    const page = await rules.list({ limit: PAGE, ...(after !== undefined && { after }) })
    list.push(...page)
    if (page.length < PAGE || list.length >= MAX_ALERT_RULES) break
  }
  const windows: MaintenanceWindow[] = []
  const nowMs = clock.nowMs()
  for (;;) {
    const after = windows.at(-1)?.id
    const page = await rules.listWindows({ nowMs, limit: PAGE, ...(after !== undefined && { after }) })
    windows.push(...page)
    if (page.length < PAGE || windows.length >= MAX_MAINTENANCE_WINDOWS) break
  }
  return { rules: list, windows }
}

async function readSites({ devices, maxDevices }: RuleFeedDeps): Promise<DeviceSite[]> {
  const list: DeviceSite[] = []
  for (;;) {
    const after = list.at(-1)?.deviceId
    const page = await devices.listSites({ limit: SITES_PAGE, ...(after !== undefined && { after }) })
    list.push(...page)
    if (page.length < SITES_PAGE || list.length >= maxDevices) return list
  }
}

async function keepCopy({ snapshots, log, clock, logger }: RuleFeedDeps, source: RuleSource): Promise<void> {
  try {
    const offsets = { read: clock.nowMs() }
    await snapshots.save(COPY_OWNER, log.epoch, 0, { offsets, state: JSON.stringify(source) })
  } catch (error) {
    logger.warn({ err: error }, 'the copy of the alert rules could not be kept')
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref())
}
