import { type Alert, AlertState, MAX_ACTIVE_ALERTS } from '@iot/contracts'
import type { AlertStore, Clock } from '@iot/ports'
import type { Logger } from '@iot/runtime'
import type { RecentAlerts } from '../outbox/recent-alerts.js'
import { canSeeAlert, subjectOf } from '../rooms/alert-subject.js'
import type { DeviceDirectory } from '../rooms/device-directory.js'
import type { Scope } from '../rooms/scope.js'
import type { Session } from '../sessions/session.js'
import { createSharing } from './sharing.js'

/** Who subscribes waits no longer for the store; without it there is what was shown lately. */
const STORE_WITHIN_MS = 2_000
const ACTIVE = AlertState.enum.filter((state) => state !== 'closed')

/** Active alerts of a scope as the store knew them. */
export interface KnownAlerts {
  readonly alerts: readonly Alert[]
  /** there are no more than these */
  readonly isWhole: boolean
}

export interface ActiveAlerts {
  /** Asked once for all who come at the same time; never rejects. */
  read(scope: Scope): Promise<KnownAlerts>
  /** What a session may see of them, with what was shown since; the newest opening first. */
  seenBy(session: Pick<Session, 'scope' | 'user'>, known: KnownAlerts): KnownAlerts
}

export function createActiveAlerts(deps: {
  store: Pick<AlertStore, 'list'>
  recentAlerts: Pick<RecentAlerts, 'all' | 'isWhole'>
  directory: Pick<DeviceDirectory, 'siteOf'>
  clock: Clock
  logger: Logger
}): ActiveAlerts {
  const { store, recentAlerts, directory, clock, logger } = deps
  const share = createSharing<KnownAlerts>()

  async function read({ sites }: Scope): Promise<KnownAlerts> {
    try {
      const limit = MAX_ACTIVE_ALERTS + 1
      const query = { states: ACTIVE, limit, ...(sites && { sites: [...sites] }) }
      const alerts = await within(STORE_WITHIN_MS, store.list(query))
      return { alerts, isWhole: alerts.length < limit }
    } catch (error) {
      logger.warn(
        { err: error },
        'active alerts can’t be read: who subscribes gets those of the last minutes',
      )
      return { alerts: [], isWhole: false }
    }
  }

  return {
    read: (scope) => share(scope.key, () => read(scope)),
    seenBy(session, known) {
      const byId = new Map<string, Alert>()
      for (const alert of known.alerts) {
        if (canSeeAlert(directory, session, subjectOf(alert))) byId.set(alert.alertId, alert)
      }
      for (const { alert, subject } of recentAlerts.all()) {
        const stored = byId.get(alert.alertId)
        if (stored ? stored.seq >= alert.seq : !canSeeAlert(directory, session, subject)) continue
        if (alert.state === 'closed') byId.delete(alert.alertId)
        else byId.set(alert.alertId, alert)
      }
      return {
        alerts: [...byId.values()].sort(newestFirst),
        isWhole: known.isWhole && recentAlerts.isWhole(clock.nowMs()),
      }
    },
  }
}

function newestFirst(one: Alert, other: Alert): number {
  if (one.openedAt !== other.openedAt) return one.openedAt < other.openedAt ? 1 : -1
  return one.alertId < other.alertId ? 1 : -1
}

async function within<Value>(ms: number, work: Promise<Value>): Promise<Value> {
  let timer: NodeJS.Timeout | undefined
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms)
  })
  try {
    return await Promise.race([work, tooLate])
  } finally {
    clearTimeout(timer)
  }
}
