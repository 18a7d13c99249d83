import type { AlertRule, AlertRuleRequest, MaintenanceWindow, MaintenanceWindowRequest } from '@iot/contracts'

/** Alert rules and maintenance windows. Every method rejects with StoreUnavailable (retriable) while the database is away. */
export interface AlertRuleStore {
  /** In order of id, after one. */
  list(query: AlertRuleQuery): Promise<AlertRule[]>
  get(ruleId: string): Promise<AlertRule | undefined>
  /** Undefined: there are `MAX_ALERT_RULES` already. */
  create(rule: AlertRuleRequest, by: string): Promise<AlertRule | undefined>
  /**
   * Puts these fields in place of all the rule’s, and raises its revision. `expected`: only where this is its revision.
   * `changed` where another one is, `missing` where there is no such rule.
   */
  replace(
    ruleId: string,
    rule: AlertRuleRequest,
    by: string,
    expected?: number,
  ): Promise<AlertRule | 'changed' | 'missing'>
  /** False where there was none. */
  remove(ruleId: string): Promise<boolean>
  /**
   * Makes the rules of source `file` exactly these, by id: new ones come, changed ones get another revision, the others
   * go; what is as it was stays untouched. Rules of source `api` are never touched: an id of theirs is refused by name,
   * and so is what would be beyond `MAX_ALERT_RULES`.
   */
  syncFiles(rules: ReadonlyMap<string, AlertRuleRequest>): Promise<{ refused: string[] }>

  /** Windows that are not over at `nowMs`, in order of id, after one. */
  listWindows(query: { nowMs: number; limit: number; after?: string }): Promise<MaintenanceWindow[]>
  /** Undefined: there are `MAX_MAINTENANCE_WINDOWS` already that are not over. Those long over are forgotten. */
  createWindow(window: MaintenanceWindowRequest, by: string): Promise<MaintenanceWindow | undefined>
  getWindow(windowId: string): Promise<MaintenanceWindow | undefined>
  /** False where there was none. */
  removeWindow(windowId: string): Promise<boolean>

  /** Another text whenever a rule or a window has come, changed or gone. Cheap: it is asked every second. */
  version(): Promise<string>
}

export interface AlertRuleQuery {
  readonly limit: number
  readonly after?: string
  /** those that judge this device: about it, about the site where it is now, or about every device */
  readonly deviceId?: string
  /** as `sites` with this one alone */
  readonly site?: string
  /** those about one of these sites, about a device that is at one of them now, or about every device */
  readonly sites?: readonly string[]
  /** a part of name, id, device id, site or sensor type, letters’ case aside */
  readonly search?: string
}

export const MAX_ALERT_RULES = 20_000
export const MAX_MAINTENANCE_WINDOWS = 5_000
/** How long after its end a maintenance window may still be looked up. */
export const WINDOW_KEPT_MS = 86_400_000
