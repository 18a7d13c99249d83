import type { AccessClaims, Alert, AlertDetail } from '@iot/contracts'
import { maySee } from '@iot/domain'
import type { AlertQuery, AlertStore, DeviceStore } from '@iot/ports'

type Viewer = Pick<AccessClaims, 'role' | 'sites'>

/** The alerts that exist for somebody: of their devices and sites; of the system for administrators of all sites. */
export interface VisibleAlerts {
  get(alertId: string, viewer: Viewer): Promise<AlertDetail | undefined>
  /** As many as the query's limit, or fewer where there are no more. */
  list(query: AlertQuery, viewer: Viewer): Promise<Alert[]>
}

/** System alerts are few, so going past them ends soon. */
const MAX_STEPS = 20

export function createVisibleAlerts(deps: {
  alerts: Pick<AlertStore, 'get' | 'list'>
  devices: Pick<DeviceStore, 'get'>
}): VisibleAlerts {
  const { alerts, devices } = deps

  async function isVisible({ type, deviceId, site }: Alert, viewer: Viewer): Promise<boolean> {
    if (type === 'system') return seesSystem(viewer)
    if (viewer.sites === undefined) return true
    return maySee(viewer.sites, deviceId === undefined ? site : (await devices.get(deviceId))?.site)
  }

  /** The store leaves system alerts out for who is limited to sites; for the others they are passed over here. */
  async function listWithoutSystem(query: AlertQuery): Promise<Alert[]> {
    const found: Alert[] = []
    let after = query.after
    for (let step = 0; step < MAX_STEPS; step++) {
      const some = await alerts.list({ ...query, ...(after && { after }) })
      found.push(...some.filter(({ type }) => type !== 'system'))
      if (found.length >= query.limit || some.length < query.limit) break
      const { openedAt, alertId } = some.at(-1)!
      after = { openedAtMs: Date.parse(openedAt), alertId }
    }
    return found.slice(0, query.limit)
  }

  return {
    async get(alertId, viewer) {
      const alert = await alerts.get(alertId)
      return alert && (await isVisible(alert, viewer)) ? alert : undefined
    },
    async list(query, viewer) {
      if (viewer.sites) return alerts.list({ ...query, sites: viewer.sites })
      if (seesSystem(viewer)) return alerts.list(query)
      return query.type === 'system' ? [] : listWithoutSystem(query)
    },
  }
}

function seesSystem({ role, sites }: Viewer): boolean {
  return role === 'admin' && sites === undefined
}
