import { randomUUID } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import type { AlertRule, AlertRuleRequest, MaintenanceWindow } from '@iot/contracts'
import {
  type AlertRuleQuery,
  type AlertRuleStore,
  type Clock,
  type DeviceStore,
  MAX_ALERT_RULES,
  MAX_MAINTENANCE_WINDOWS,
  WINDOW_KEPT_MS,
} from '@iot/ports'

export function createMemoryAlertRuleStore(deps: {
  clock: Clock
  /** where the devices are; without, none is at a site */
  devices?: Pick<DeviceStore, 'get'>
  maxRules?: number
  maxWindows?: number
}): AlertRuleStore {
  const { clock, devices, maxRules = MAX_ALERT_RULES, maxWindows = MAX_MAINTENANCE_WINDOWS } = deps
  const rules = new Map<string, AlertRule>()
  /** of each rule, as it was said */
  const said = new Map<string, AlertRuleRequest>()
  const windows = new Map<string, MaintenanceWindow>()
  let changes = 0

  function put(id: string, rule: AlertRuleRequest, source: AlertRule['source'], by?: string): AlertRule {
    const now = new Date(clock.nowMs()).toISOString()
    const before = rules.get(id)
    const kept: AlertRule = structuredClone({
      ...rule,
      enabled: rule.enabled ?? true,
      id,
      revision: (before?.revision ?? 0) + 1,
      source,
      createdAt: before?.createdAt ?? now,
      updatedAt: now,
      ...(by !== undefined && { updatedBy: by }),
    })
    rules.set(id, kept)
    said.set(id, JSON.parse(JSON.stringify({ ...rule, enabled: kept.enabled })))
    changes += 1
    return structuredClone(kept)
  }

  function remove(id: string): boolean {
    if (!rules.delete(id)) return false
    said.delete(id)
    changes += 1
    return true
  }

  async function siteOf(deviceId: string): Promise<string | undefined> {
    return (await devices?.get(deviceId))?.site
  }

  async function isAbout(rule: AlertRule, { deviceId, site, sites }: AlertRuleQuery): Promise<boolean> {
    if (rule.deviceId === undefined && rule.site === undefined) return true
    const at = rule.site ?? (await siteOf(rule.deviceId!))
    if (site !== undefined && at !== site) return false
    if (sites !== undefined && (at === undefined || !sites.includes(at))) return false
    if (deviceId === undefined || rule.deviceId === deviceId) return true
    return rule.site !== undefined && rule.site === (await siteOf(deviceId))
  }

  function isOver({ to }: MaintenanceWindow, atMs: number): boolean {
    return Date.parse(to) <= atMs
  }

  return {
    async list(query) {
      const { after, search, limit } = query
      const found: AlertRule[] = []
      for (const rule of [...rules.values()].sort(byId)) {
        if (after !== undefined && rule.id <= after) continue
        if (search && !hasText(rule, search.toLowerCase())) continue
        if (await isAbout(rule, query)) found.push(rule)
        if (found.length === limit) break
      }
      return structuredClone(found)
    },
    get: async (ruleId) => structuredClone(rules.get(ruleId)),
    async create(rule, by) {
      return rules.size >= maxRules ? undefined : put(randomUUID(), rule, 'api', by)
    },
    async replace(ruleId, rule, by, expected) {
      const before = rules.get(ruleId)
      if (!before) return 'missing'
      if (expected !== undefined && before.revision !== expected) return 'changed'
      return put(ruleId, rule, before.source, by)
    },
    remove: async (ruleId) => remove(ruleId),
    async syncFiles(wanted) {
      const refused: string[] = []
      for (const { id, source } of [...rules.values()]) {
        if (source === 'file' && !wanted.has(id)) remove(id)
      }
      for (const [id, rule] of wanted) {
        const before = rules.get(id)
        if (before ? before.source === 'api' : rules.size >= maxRules) refused.push(id)
        else if (
          !before ||
          !isDeepStrictEqual(said.get(id), JSON.parse(JSON.stringify({ enabled: true, ...rule })))
        ) {
          put(id, rule, 'file')
        }
      }
      return { refused }
    },

    async listWindows({ nowMs, limit, after }) {
      const found = [...windows.values()]
        .filter((window) => !isOver(window, nowMs) && (after === undefined || window.id > after))
        .sort(byId)
      return structuredClone(found.slice(0, limit))
    },
    async createWindow(window, by) {
      const nowMs = clock.nowMs()
      for (const one of [...windows.values()]) {
        if (isOver(one, nowMs - WINDOW_KEPT_MS)) windows.delete(one.id)
      }
      if ([...windows.values()].filter((one) => !isOver(one, nowMs)).length >= maxWindows) return undefined
      const createdAt = new Date(nowMs).toISOString()
      const added = { ...structuredClone(window), id: randomUUID(), createdAt, createdBy: by }
      windows.set(added.id, added)
      changes += 1
      return structuredClone(added)
    },
    getWindow: async (windowId) => structuredClone(windows.get(windowId)),
    async removeWindow(windowId) {
      if (!windows.delete(windowId)) return false
      changes += 1
      return true
    },
    version: async () => String(changes),
  }
}

function hasText({ name, id, deviceId, site, sensorType }: AlertRule, wanted: string): boolean {
  return [name, id, deviceId, site, sensorType].some((text) => text?.toLowerCase().includes(wanted))
}

function byId(one: { id: string }, other: { id: string }): number {
  return one.id < other.id ? -1 : 1
}
