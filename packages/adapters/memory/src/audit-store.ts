import type { AuditEntry } from '@iot/contracts'
import type { AuditStore, AuditStoreQuery, Clock } from '@iot/ports'

export function createMemoryAuditStore(deps: { clock: Clock }): AuditStore {
  /** oldest first */
  let kept: AuditEntry[] = []
  let added = 0

  return {
    async add(entries) {
      for (const { timestampMs = deps.clock.nowMs(), ...entry } of entries) {
        added += 1
        const timestamp = new Date(timestampMs).toISOString()
        kept.push(structuredClone({ id: String(added), timestamp, ...entry }))
      }
    },
    async list(query) {
      const found = kept.filter((entry) => isWanted(entry, query)).reverse()
      return structuredClone(found.slice(0, query.limit))
    },
    async dropBefore(beforeMs) {
      const count = kept.length
      kept = kept.filter(({ timestamp }) => Date.parse(timestamp) >= beforeMs)
      return count - kept.length
    },
  }
}

function isWanted({ id, timestamp, actor, action, target }: AuditEntry, query: AuditStoreQuery): boolean {
  const atMs = Date.parse(timestamp)
  return (
    (query.before === undefined || Number(id) < Number(query.before)) &&
    (query.actor === undefined || actor === query.actor) &&
    (query.action === undefined || action === query.action || action.split('.')[0] === query.action) &&
    (query.targetType === undefined || target.type === query.targetType) &&
    (query.targetId === undefined || target.id === query.targetId) &&
    (query.fromMs === undefined || atMs >= query.fromMs) &&
    (query.toMs === undefined || atMs < query.toMs)
  )
}
