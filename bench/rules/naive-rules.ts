import type { AlertRuleRequest } from '@iot/contracts'
import { parseDuration } from '@iot/domain'
import { type NamedRule, SENSOR } from './fleet.js'

interface NaiveState {
  isOpen?: boolean
  since?: string | undefined
  lastArrival?: string
}

/**
 * The same as one writes it down first: the rule is looked at with every reading, and what it remembers lies in a map
 * by the names of rule, device and sensor. Less than ours: no flapping, nothing held, nothing late.
 */
export class NaiveRules {
  readonly #states = new Map<string, NaiveState>()

  judge(rule: NamedRule, deviceId: string, value: number, timestamp: string): 'open' | 'close' | undefined {
    const key = `${rule.id}:${deviceId}:${SENSOR}`
    const state = this.#states.get(key) ?? {}
    const isBreach = compare(rule, value) && isScheduled(rule, timestamp)
    const next: NaiveState = { ...state, lastArrival: timestamp }
    this.#states.set(key, next)
    if (!isBreach) {
      next.since = undefined
      if (!state.isOpen) return undefined
      if (rule.clear !== undefined && value > rule.clear) return undefined
      next.isOpen = false
      return 'close'
    }
    next.since ??= timestamp
    const heldMs = Date.parse(timestamp) - Date.parse(next.since)
    if (state.isOpen || heldMs < (parseDuration(rule.for ?? '') ?? 0)) return undefined
    next.isOpen = true
    return 'open'
  }
}

function compare({ operator, value = 0, low = 0, high = 0 }: AlertRuleRequest, current: number): boolean {
  switch (operator) {
    case '>':
      return current > value
    case '>=':
      return current >= value
    case '<':
      return current < value
    case 'outside':
      return current < low || current > high
    default:
      throw new Error(`the fleet has no rules with ${operator}`)
  }
}

function isScheduled({ schedule }: AlertRuleRequest, timestamp: string): boolean {
  if (!schedule) return true
  const local = new Date(Date.parse(timestamp) + 7 * 3_600_000)
  const day = (['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const)[local.getUTCDay()]!
  const clock = local.toISOString().slice(11, 16)
  return schedule.days.includes(day) && clock >= schedule.from && clock < schedule.to
}
