import type { AlertRuleRequest } from '@iot/contracts'
import { type CompiledRule, type Condition, compileRule, createRuleIndex, newCondition } from '@iot/domain'

export const DEVICES = 10_000
/** rules on every device, beside one of its own for each */
export const RULES_ON_ALL = 20
export const SENSOR = 'temperature'
/** Values lie around 50; limits are so far out that one reading in some hundreds crosses one. */
const LIMIT = 80

const hours = { days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'], from: '00:00', to: '23:59' } as const

/** Every operator, with and without what makes a rule remember: hysteresis, `for`, silence, hours. */
const KINDS: Partial<AlertRuleRequest>[] = [
  { operator: '>', value: LIMIT },
  { operator: '>=', value: LIMIT, clear: LIMIT - 5 },
  { operator: '<', value: 100 - LIMIT, for: '30s' },
  { operator: 'outside', low: 100 - LIMIT, high: LIMIT, noData: '10m' },
  {
    operator: '>',
    value: LIMIT,
    for: '1m',
    schedule: { ...hours, days: [...hours.days], timeZone: 'Asia/Ho_Chi_Minh' },
  },
]

export type NamedRule = AlertRuleRequest & { readonly id: string }

export function ruleOnAll(at: number): NamedRule {
  return ruleOf(`all-${at}`, at)
}

export function ruleOfDevice(at: number): NamedRule {
  return { ...ruleOf(`own-${at}`, at), deviceId: deviceIdOf(at) }
}

function ruleOf(id: string, at: number): NamedRule {
  const kind = KINDS[at % KINDS.length]!
  return {
    id,
    name: `Rule ${id}`,
    sensorType: SENSOR,
    severity: 'warning',
    message: '{device}: {value}',
    ...kind,
  }
}

export function deviceIdOf(at: number): string {
  return `bench-device-${at}`
}

/** A sensor as whoever judges its readings keeps it: its rules, found once, and what each of them remembers. */
export interface BenchSensor {
  readonly deviceId: string
  readonly rules: readonly CompiledRule<NamedRule>[]
  readonly conditions: readonly Condition[]
}

/** Ten thousand sensors with 21 rules each. */
export function createFleet(): BenchSensor[] {
  const rules: CompiledRule<NamedRule>[] = []
  for (let at = 0; at < RULES_ON_ALL; at++) rules.push(compileRule(ruleOnAll(at)))
  for (let at = 0; at < DEVICES; at++) rules.push(compileRule(ruleOfDevice(at)))
  const index = createRuleIndex(rules)
  return Array.from({ length: DEVICES }, (_, at) => {
    const deviceId = deviceIdOf(at)
    const found = index.forSensor(deviceId, undefined, SENSOR)
    return { deviceId, rules: found, conditions: found.map(() => newCondition()) }
  })
}

/** The next of the same row of numbers in every run, from 0 up to 1. */
export function createNumbers(): () => number {
  let seed = 1
  return () => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff
    return seed / 0x80000000
  }
}

/** Mostly about the middle; now and then beyond the limits. */
export function valueFrom(one: number, other: number): number {
  return 50 + (one - 0.5) * (other < 0.01 ? 90 : 40)
}
