import type { AlertRule } from '@iot/contracts'
import { type CompiledRule, newCondition, restoreCondition } from '@iot/domain'
import type { DeviceMemory, SensorMemory } from '../device-memory.js'
import type { RuleSet } from './rule-set.js'
import { type KeptSlot, NO_SLOTS, type Ruled, Slot } from './slot.js'

export interface SlotsDeps {
  /** what becomes of one whose time has come */
  onDue(slot: Slot, nowMs: number): void
}

/** Keeps the slots of devices and sensors in step with the rules that are about them. */
export class Slots {
  readonly #deps: SlotsDeps
  #count = 0
  /** how long nobody listened: what goes on from a snapshot has stood still for as long */
  downMs = 0

  constructor(deps: SlotsDeps) {
    this.#deps = deps
  }

  get count(): number {
    return this.#count
  }

  /** Puts rules in force for a device or one of its sensors; answers the slots that are new. */
  adopt(
    rules: RuleSet,
    ruled: Ruled,
    device: DeviceMemory,
    sensor: SensorMemory | undefined,
  ): readonly Slot[] {
    ruled.ruledBy = rules
    const about = rules.about(device.deviceId, sensor?.latest.sensorType)
    const old = ruled.slots
    if (about.length === old.length && about.every((compiled, at) => compiled === old[at]!.compiled)) {
      return NO_SLOTS
    }
    const slots = about.map(
      (compiled) =>
        old.find((slot) => slot.compiled === compiled) ?? this.#make(compiled, device, sensor, ruled.kept),
    )
    ruled.slots = slots.length > 0 ? slots : NO_SLOTS
    // Of a copy more may be missing than has gone.
    if (!rules.isCopy) ruled.kept = undefined
    this.drop(old.filter((slot) => !slots.includes(slot)))
    return slots.filter((slot) => !old.includes(slot))
  }

  drop(slots: readonly Slot[]): void {
    this.#count -= slots.length
    for (const slot of slots) slot.isGone = true
  }

  #make(
    compiled: CompiledRule<AlertRule>,
    device: DeviceMemory,
    sensor: SensorMemory | undefined,
    kept: readonly KeptSlot[] = [],
  ): Slot {
    const { id, revision } = compiled.rule
    const found = kept.find(([ruleId, keptRevision]) => ruleId === id && keptRevision === revision)
    const condition = found ? restoreCondition(found[2], this.downMs) : newCondition()
    this.#count += 1
    return new Slot({ compiled, device, sensor, condition, onDue: this.#deps.onDue })
  }
}
