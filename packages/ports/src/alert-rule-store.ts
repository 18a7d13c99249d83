import type { AlertRule, AlertRuleRequest, MaintenanceWindow, MaintenanceWindowRequest } from '@iot/contracts'

/** Alert rules and maintenance windows. Every method rejects with StoreUnavailable (retriable) while the database is away. */
export interface AlertRuleStore {
  /** In order of id, after one; `devices` and `sites`: those about these, or about every device. */
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
   * go; what is as it was stays untouched. Rules of source `api` are never touched: an id of theirs is refused by name.
   */
  syncFiles(rules: ReadonlyMap<string, AlertRuleRequest>): Promise<{ refused: string[] }>

  /** Windows that are not over at `nowMs`, in order of id, after one. */
  listWindows(query: { nowMs: number; limit: number; after?: string }): Promise<MaintenanceWindow[]>
  createWindow(window: MaintenanceWindowRequest, by: string): Promise<MaintenanceWindow>
  getWindow(windowId: string): Promise<MaintenanceWindow | undefined>
  /** False where there was none. */
  removeWindow(windowId: string): Promise<boolean>

  /** Another text whenever `list` or `listWindows` would answer something else. Cheap: it is asked every second. */
  version(): Promise<string>
}

export interface AlertRuleQuery {
  readonly limit: number
  readonly after?: string
  readonly deviceId?: string
  readonly site?: string
  /** those about devices or sites that somebody limited to these sites may see, or about every device */
  readonly sites?: readonly string[]
  readonly search?: string
}

export const MAX_ALERT_RULES = 20_000
