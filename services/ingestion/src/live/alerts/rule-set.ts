import type { AlertRule, MaintenanceWindow } from '@iot/contracts'
import { type CompiledRule, compileRule, createRuleIndex, type RuleIndex } from '@iot/domain'
import type { RuleSource } from './rule-feed.js'

type Compiled = CompiledRule<AlertRule>

interface Span {
  readonly fromMs: number
  readonly toMs: number
}

const NO_SOURCE: RuleSource = { rules: [], windows: [], sites: [] }

/** The rules that are in force at a time, which device is where, and what is under maintenance. Never changed. */
export class RuleSet {
  static readonly none = new RuleSet(NO_SOURCE, { isCopy: true })

  /** all of them, also the disabled ones */
  readonly rules: ReadonlyMap<string, AlertRule>
  /** what was known before the start: a rule that is missing may only be younger */
  readonly isCopy: boolean
  /** rules that can't be compiled, by id, and why: nothing is judged by them */
  readonly faults: ReadonlyMap<string, unknown>
  readonly #compiled = new Map<string, Compiled>()
  readonly #sites: ReadonlyMap<string, string>
  readonly #names: ReadonlyMap<string, string>
  readonly #devicesAt = new Map<string, string[]>()
  readonly #intervals: ReadonlyMap<string, number>
  readonly #windows = new Map<string, Span[]>()
  readonly #index: RuleIndex<AlertRule>
  readonly #hasWindows: boolean

  constructor(source: RuleSource, { isCopy, before }: { isCopy: boolean; before?: RuleSet }) {
    this.isCopy = isCopy
    this.rules = new Map(source.rules.map((rule) => [rule.id, rule]))
    this.#sites = new Map(source.sites.flatMap(({ deviceId, site }) => (site ? [[deviceId, site]] : [])))
    this.#names = new Map(source.sites.flatMap(({ deviceId, name }) => (name ? [[deviceId, name]] : [])))
    for (const [deviceId, site] of this.#sites) {
      const there = this.#devicesAt.get(site)
      if (there) there.push(deviceId)
      else this.#devicesAt.set(site, [deviceId])
    }
    this.#intervals = new Map(
      source.sites.flatMap(({ deviceId, expectedIntervalMs: ms }) => (ms ? [[deviceId, ms]] : [])),
    )
    const faults = new Map<string, unknown>()
    for (const rule of source.rules) {
      if (!rule.enabled) continue
      try {
        this.#compiled.set(rule.id, before?.compiledAs(rule) ?? compileRule(rule))
      } catch (error) {
        faults.set(rule.id, error)
      }
    }
    this.faults = faults
    this.#index = createRuleIndex(this.#compiled.values())
    for (const window of source.windows) this.#addWindow(window)
    this.#hasWindows = this.#windows.size > 0
  }

  /** How many are in force. */
  get size(): number {
    return this.#compiled.size
  }

  /** Every site with the devices that are there. */
  get sites(): ReadonlyMap<string, readonly string[]> {
    return this.#devicesAt
  }

  devicesAt(site: string): readonly string[] {
    return this.#devicesAt.get(site) ?? []
  }

  siteOf(deviceId: string): string | undefined {
    return this.#sites.get(deviceId)
  }

  /** How often it is to be heard of, where a person has said so. */
  expectedIntervalMs(deviceId: string): number | undefined {
    return this.#intervals.get(deviceId)
  }

  /** Where somebody gave it one. */
  nameOf(deviceId: string): string | undefined {
    return this.#names.get(deviceId)
  }

  /** Rules about a sensor of a device, or (without a sensor) about the device as a whole. */
  about(deviceId: string, sensorType: string | undefined): readonly Compiled[] {
    const site = this.#sites.get(deviceId)
    return sensorType === undefined
      ? this.#index.forDevice(deviceId, site)
      : this.#index.forSensor(deviceId, site, sensorType)
  }

  /** Whether a device is under maintenance at a time. */
  isSuppressed(deviceId: string, atMs: number): boolean {
    if (!this.#hasWindows) return false
    const site = this.#sites.get(deviceId)
    return (
      this.#holds(`device ${deviceId}`, atMs) || (site !== undefined && this.#holds(`site ${site}`, atMs))
    )
  }

  /** As it was compiled, where the rule is the same. */
  compiledAs({ id, revision }: AlertRule): Compiled | undefined {
    const compiled = this.#compiled.get(id)
    return compiled?.rule.revision === revision ? compiled : undefined
  }

  #addWindow({ deviceId, site, from, to }: MaintenanceWindow): void {
    const scope = deviceId === undefined ? `site ${site}` : `device ${deviceId}`
    const span = { fromMs: Date.parse(from), toMs: Date.parse(to) }
    this.#windows.set(scope, [...(this.#windows.get(scope) ?? []), span])
  }

  #holds(scope: string, atMs: number): boolean {
    return this.#windows.get(scope)?.some(({ fromMs, toMs }) => fromMs <= atMs && atMs < toMs) ?? false
  }
}
