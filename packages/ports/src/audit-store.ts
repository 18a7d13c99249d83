import type { AuditEntry } from '@iot/contracts'

/** Who did what. Append only; rejects with StoreUnavailable while the database is away. */
export interface AuditStore {
  add(entries: readonly NewAuditEntry[]): Promise<void>
  /** Newest first, older than a cursor (the `id` of a page's last). */
  list(query: AuditStoreQuery): Promise<AuditEntry[]>
  dropBefore(beforeMs: number): Promise<number>
}

export interface NewAuditEntry extends Omit<AuditEntry, 'id' | 'timestamp'> {
  /** without: now */
  readonly timestampMs?: number
}

export interface AuditStoreQuery {
  readonly limit: number
  readonly before?: string
  readonly actor?: string
  /** the whole name, or what comes before its dot */
  readonly action?: string
  readonly targetType?: string
  readonly targetId?: string
  readonly fromMs?: number
  readonly toMs?: number
}
