import type { Alert, AlertDetail, AlertRecord, AlertSeverity, AlertState, AlertType } from '@iot/contracts'

/** Alerts as people look them up, written from the `alerts` topic. Rejects with StoreUnavailable while the database is away. */
export interface AlertStore {
  /**
   * Works records in, in the order given, all or nothing. Idempotent, and of the same mind as `live`: a transition counts
   * only where its `seq` follows the alert’s, an opening only where its (rule, device, sensor) has no active alert and its
   * `episode` is the next; the rest changes nothing. Where the log has forgotten the last alert any opening counts, and
   * closes that one if it is still active. What counts goes into the audit log too, in the same transaction. A refusal is
   * kept as the outcome of its action, unless it has one.
   *
   * `place`: where in the log they stand. What was worked in from there before is skipped: what did not count then must
   * not count when it comes again, later, to another state.
   */
  apply(records: readonly AlertRecord[], place?: AlertLogPlace): Promise<void>

  /** The offset after the last that `apply` has worked in from there; 0 where there is none. */
  nextOffset(place: Pick<AlertLogPlace, 'epoch' | 'partition'>): Promise<number>

  /** Newest opening first. */
  list(query: AlertQuery): Promise<Alert[]>
  get(alertId: string): Promise<AlertDetail | undefined>
  /** What became of requests, by action id; those of which nothing is known are left out. */
  outcomes(actionIds: readonly string[]): Promise<ReadonlyMap<string, AlertActionOutcome>>
  /** How many are active, by severity, where somebody limited to `sites` may see them. */
  countActive(query?: {
    sites?: readonly string[] | undefined
  }): Promise<{ warning: number; critical: number }>
  /** Forgets closed alerts (and outcomes) from before; resolves with how many alerts went. */
  dropBefore(beforeMs: number): Promise<number>
}

export interface AlertLogPlace {
  readonly epoch: string
  readonly partition: number
  /** of each record, rising */
  readonly offsets: readonly number[]
}

export interface AlertQuery {
  readonly limit: number
  /** go on after this one: a page’s last */
  readonly after?: { readonly openedAtMs: number; readonly alertId: string }
  readonly states?: readonly AlertState[]
  readonly severity?: AlertSeverity
  readonly type?: AlertType
  readonly deviceId?: string
  readonly sensorType?: string
  /** as `sites` with this one alone */
  readonly site?: string
  /** alerts of devices that are at one of these sites now, or about one of these sites; no system alerts */
  readonly sites?: readonly string[]
  readonly ruleId?: string
  /** a part of message, device id, sensor type, site, rule’s name or id, letters’ case aside */
  readonly search?: string
  /** open at some time of [from, to) */
  readonly fromMs?: number
  readonly toMs?: number
}

export type AlertActionOutcome = { readonly ok: true } | { readonly ok: false; readonly message: string }
