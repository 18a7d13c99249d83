import type { Logger } from '@iot/runtime'
import type { LivePartition } from '../live-partition.js'
import type { RuleSource } from './rule-feed.js'
import { RuleSet } from './rule-set.js'

/** Devices after which a sweep lets others have their turn. */
const TURN_DEVICES = 200
/** Records on their way above which a sweep waits. */
const ON_THE_WAY = 500

export interface RulesInForceDeps {
  readonly logger: Logger
  owned(partition: number): LivePartition | undefined
  onFailed(error: unknown): void
}

/**
 * The rules of the moment, and the walk that puts them in force for devices that say nothing: each of them is judged by
 * what is known of it, and alerts of rules that are not any more are closed.
 */
export class RulesInForce {
  readonly #deps: RulesInForceDeps
  readonly #sweeping = new Set<LivePartition>()
  current = RuleSet.none

  constructor(deps: RulesInForceDeps) {
    this.#deps = deps
  }

  apply(source: RuleSource, isCopy: boolean, partitions: Iterable<LivePartition>): void {
    this.current = new RuleSet(source, { isCopy, before: this.current })
    for (const [ruleId, err] of this.current.faults) {
      this.#deps.logger.warn({ err, ruleId }, 'an alert rule can’t be used: nothing is judged by it')
    }
    for (const owned of partitions) this.sweep(owned)
  }

  /** Walks over a partition; one that is under way begins again by itself where the rules have changed. */
  sweep(owned: LivePartition): void {
    if (this.#sweeping.has(owned)) return
    this.#sweeping.add(owned)
    this.#walk(owned)
      .catch((error) => this.#deps.onFailed(error))
      .finally(() => this.#sweeping.delete(owned))
  }

  async #walk(owned: LivePartition): Promise<void> {
    for (let isDone = false; !isDone; ) isDone = await this.#walkOnce(owned, this.current)
  }

  /** False where the rules have changed meanwhile. */
  async #walkOnce(owned: LivePartition, rules: RuleSet): Promise<boolean> {
    const devices = [...owned.state.devices.keys()]
    for (let at = 0; at < devices.length; at++) {
      const device = owned.state.devices.get(devices[at]!)
      if (device) {
        owned.alerts.evaluation.adopt(device)
        owned.state.silence?.watch(device)
      }
      if (at % TURN_DEVICES < TURN_DEVICES - 1) continue
      await new Promise((resolve) => setImmediate(resolve))
      await owned.appends.room(ON_THE_WAY)
      while (owned.gate) await owned.gate
      if (this.#isGone(owned)) return true
      if (this.current !== rules) return false
    }
    owned.alerts.settle()
    return true
  }

  #isGone(owned: LivePartition): boolean {
    return this.#deps.owned(owned.partition) !== owned
  }
}
