import type { Alert } from '@iot/contracts'
import { compareNames } from '../devices/fleet-summary.js'

const STATE_RANK: Record<Alert['state'], number> = { open: 0, acknowledged: 1, shelved: 2, closed: 3 }
const SEVERITY_RANK: Record<Alert['severity'], number> = { critical: 0, warning: 1 }

/** What nobody has taken yet first, then the worst, then the newest. */
export function compareAlerts(one: Alert, other: Alert): number {
  return (
    STATE_RANK[one.state] - STATE_RANK[other.state] ||
    SEVERITY_RANK[one.severity] - SEVERITY_RANK[other.severity] ||
    compareTexts(other.openedAt, one.openedAt) ||
    compareTexts(one.alertId, other.alertId)
  )
}

/** Where the system’s own alerts stand: no site has an empty name. */
export const SYSTEM_GROUP = ''

/** The heading that an alert stands under. */
export function groupOf({ site, type }: Pick<Alert, 'site' | 'type'>): string | undefined {
  return type === 'system' ? SYSTEM_GROUP : site
}

/** Sites by their worst alert, then by name; what belongs to no site last. Within one, as `compareAlerts` says. */
export function orderBySite(alerts: readonly Alert[]): Alert[] {
  const sorted = [...alerts].sort(compareAlerts)
  const groups = new Map<string | undefined, Alert[]>()
  for (const alert of sorted) {
    const group = groups.get(groupOf(alert))
    if (group === undefined) groups.set(groupOf(alert), [alert])
    else group.push(alert)
  }
  return [...groups]
    .sort(
      ([site, [first]], [otherSite, [other]]) => rankOf(first!) - rankOf(other!) || bySite(site, otherSite),
    )
    .flatMap(([, group]) => group)
}

function rankOf({ state, severity }: Alert): number {
  return STATE_RANK[state] * 2 + SEVERITY_RANK[severity]
}

function bySite(one: string | undefined, other: string | undefined): number {
  if (one === undefined || other === undefined) return Number(one === undefined) - Number(other === undefined)
  return compareNames(one, other)
}

/** ISO times are as their letters are; a collator would cost a hundred times as much. */
function compareTexts(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0
}

export type AlertTableRow =
  | { kind: 'site'; site: string | undefined; count: number }
  | { kind: 'alert'; alertId: string }

/** The order with a heading before each site. */
export function cutBySite(
  order: readonly string[],
  siteOf: (alertId: string) => string | undefined,
): AlertTableRow[] {
  const rows: AlertTableRow[] = []
  let heading: { kind: 'site'; site: string | undefined; count: number } | undefined
  for (const alertId of order) {
    const site = siteOf(alertId)
    if (heading === undefined || heading.site !== site) {
      heading = { kind: 'site', site, count: 0 }
      rows.push(heading)
    }
    heading.count += 1
    rows.push({ kind: 'alert', alertId })
  }
  return rows
}
