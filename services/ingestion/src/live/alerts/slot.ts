import { type AlertRule, alertSlot } from '@iot/contracts'
import { type CompiledRule, type Condition, keepCondition } from '@iot/domain'
import type { DeviceMemory, SensorMemory } from '../device-memory.js'
import type { RuleSet } from './rule-set.js'
import type { Timed } from './timers.js'

/** What rules are about: a device as a whole, or one of its sensors. */
export interface Ruled {
  /** the rules that are about it, each with how far it has got; most have none */
  slots: readonly Slot[]
  /** the rules by which `slots` was looked up */
  ruledBy: RuleSet | undefined
  /** how far they had got when the snapshot was taken, until they are looked up */
  kept: readonly KeptSlot[] | undefined
}

export const NO_SLOTS: readonly Slot[] = Object.freeze([])
export const NOT_RULED: Readonly<Ruled> = Object.freeze({
  slots: NO_SLOTS,
  ruledBy: undefined,
  kept: undefined,
})

export type KeptSlot = readonly [ruleId: string, revision: number, condition: readonly number[]]

/** One rule on one device or sensor. There are many of these: it holds nothing that can be found otherwise. */
export class Slot implements Timed {
  readonly compiled: CompiledRule<AlertRule>
  readonly device: DeviceMemory
  /** undefined: about the device as a whole */
  readonly sensor: SensorMemory | undefined
  condition: Condition
  queuedMs = Number.POSITIVE_INFINITY
  /** readings below this offset have been judged by whoever wrote what the log says; 0: none is in question */
  fence = 0
  /** the same of status changes */
  statusFence = 0
  /** its rule or its device has gone */
  isGone = false
  readonly #onDue: (slot: Slot, nowMs: number) => void

  constructor(of: {
    compiled: CompiledRule<AlertRule>
    device: DeviceMemory
    sensor: SensorMemory | undefined
    condition: Condition
    onDue: (slot: Slot, nowMs: number) => void
  }) {
    this.compiled = of.compiled
    this.device = of.device
    this.sensor = of.sensor
    this.condition = of.condition
    this.#onDue = of.onDue
  }

  dueMs(): number {
    return this.isGone ? Number.POSITIVE_INFINITY : this.compiled.dueMs(this.condition)
  }

  fire(nowMs: number): void {
    if (!this.isGone) this.#onDue(this, nowMs)
  }
}

/** By what its alerts are found. */
export function slotKeyOf({ compiled, device, sensor }: Slot): string {
  return alertSlot(compiled.rule.id, device.deviceId, sensor?.latest.sensorType)
}

/** Those that have got anywhere: the others are as good as new when the newest reading has been judged again. */
export function keepSlots({ slots, kept }: Ruled): readonly KeptSlot[] | undefined {
  const list: KeptSlot[] = kept ? [...kept] : []
  for (const { compiled, condition } of slots) {
    if (condition.flags === 0 && condition.breach === null && condition.past === null) continue
    const numbers = keepCondition(condition)
    if (numbers) list.push([compiled.rule.id, compiled.rule.revision, numbers])
  }
  return list.length > 0 ? list : undefined
}
