import type { Alert, ReadingStatus } from '@iot/contracts'
import { CLOSES, isActive, OPENS, parseTime, type Verdict } from '@iot/domain'
import type { Absence } from '../absence.js'
import type { DeviceMemory, SensorMemory } from '../device-memory.js'
import type { Judge } from '../partition-state.js'
import type { BookEntry } from './alert-book.js'
import type { Decisions, DecisionsDeps } from './decisions.js'
import type { HeldOpenings } from './held-openings.js'
import { NO_SLOTS, type Ruled, type Slot, slotKeyOf } from './slot.js'
import { followAlert, followPast, isAboutSilence, shiftClock } from './slot-state.js'
import { Slots } from './slots.js'
import type { StatusTimeline } from './status-timeline.js'
import type { Timers } from './timers.js'

export interface EvaluationDeps extends DecisionsDeps {
  readonly decisions: Decisions
  readonly held: HeldOpenings
  readonly timers: Timers
}

/**
 * Judges what comes in by the rules. What the log says of an alert goes before what was judged here: a condition is made
 * what its alert is, and judged again where that was news, so that nothing stays open that is clear.
 */
export class Evaluation implements Judge {
  readonly #deps: EvaluationDeps
  readonly #slots = new Slots({ onDue: (slot, nowMs) => this.#tick(slot, nowMs) })
  /** while the past is read again: it is judged and decides nothing, and its readings are as bad as they were */
  replaying: StatusTimeline | undefined
  #aliveMs = Number.NEGATIVE_INFINITY

  constructor(deps: EvaluationDeps) {
    this.#deps = deps
  }

  /** rules on devices and sensors */
  get slotCount(): number {
    return this.#slots.count
  }

  /** The past has been read. */
  begin({ aliveMs, downMs }: Absence): void {
    this.#aliveMs = aliveMs
    this.#slots.downMs = downMs
    this.replaying = undefined
    for (const device of this.#deps.state.devices.values()) {
      for (const { slots } of [device, ...device.sensors.values()]) {
        for (const slot of slots) {
          shiftClock(slot, downMs)
          this.#introduce(slot)
        }
      }
    }
  }

  heard(device: DeviceMemory, atMs: number): void {
    this.#adopt(device, device, undefined)
    for (const slot of device.slots) {
      if (this.#isFenced(slot)) slot.compiled.recall(slot.condition, 0, atMs, atMs, false)
      else this.#act(slot, slot.compiled.arrive(slot.condition, atMs))
    }
  }

  judge(device: DeviceMemory, sensor: SensorMemory, arrivedMs: number): ReadingStatus {
    this.#adopt(sensor, device, sensor)
    if (sensor.slots.length > 0) this.#judgeAll(device, sensor, arrivedMs)
    return this.#statusOf(sensor)
  }

  late(sensor: SensorMemory, arrivedMs: number): ReadingStatus {
    for (const slot of sensor.slots) {
      if (!this.#isFenced(slot)) this.#act(slot, slot.compiled.arrive(slot.condition, arrivedMs))
    }
    return this.#statusOf(sensor)
  }

  statusChanged(device: DeviceMemory): void {
    this.#adopt(device, device, undefined)
    for (const slot of device.slots) {
      const isJudged = this.#deps.state.status.next <= slot.statusFence
      const verdict = this.#tellStatus(slot)
      if (isJudged) followAlert(slot, this.#alertOf(slot))
      else this.#act(slot, verdict)
    }
  }

  removed(device: DeviceMemory): void {
    const { book, decisions } = this.#deps
    // First, so that nothing is judged once more because its alert has closed.
    for (const ruled of [device, ...device.sensors.values()]) {
      this.#slots.drop(ruled.slots)
      ruled.slots = NO_SLOTS
    }
    for (const sensorType of [undefined, ...device.sensors.keys()]) {
      for (const entry of [...book.activeOf(device.deviceId, sensorType)]) {
        decisions.close(entry, 'device removed')
      }
    }
  }

  /** Puts the rules of the moment in force for a device and its sensors. */
  adopt(device: DeviceMemory): void {
    this.#adopt(device, device, undefined)
    for (const sensor of device.sensors.values()) this.#adopt(sensor, device, sensor)
  }

  /** What is expected of an alert has changed. */
  follow(slot: Slot, entry: BookEntry): void {
    if (this.replaying || this.#raiseFence(slot, entry)) return
    if (followAlert(slot, entry.expected)) this.#review(slot)
    this.#deps.timers.watch(slot)
  }

  /** The device or sensor that an alert is about, where it is known. */
  ruledOf({ key, sensorType }: BookEntry): Ruled | undefined {
    const device = this.#deps.state.devices.get(key)
    return sensorType === undefined ? device : device?.sensors.get(sensorType)
  }

  slotOf(entry: BookEntry): Slot | undefined {
    const { ruleId } = entry.expected ?? entry.actual ?? {}
    return this.ruledOf(entry)?.slots.find(({ compiled }) => compiled.rule.id === ruleId)
  }

  #judgeAll(device: DeviceMemory, sensor: SensorMemory, arrivedMs: number): void {
    const { latest, latestMs } = sensor
    const isSuppressed = this.#isSuppressed(device, latestMs)
    for (const slot of sensor.slots) {
      const { compiled, condition } = slot
      if (this.#isFenced(slot)) compiled.recall(condition, latest.value, latestMs, arrivedMs, isSuppressed)
      else
        this.#act(slot, compiled.judge(condition, latest.value, latestMs, arrivedMs, isSuppressed), latestMs)
    }
  }

  #adopt(ruled: Ruled, device: DeviceMemory, sensor: SensorMemory | undefined): void {
    const rules = this.#deps.rules()
    if (ruled.ruledBy === rules) return
    if (sensor && !ruled.ruledBy) {
      sensor.status = this.#deps.book.statusOf(device.deviceId, sensor.latest.sensorType)
    }
    const added = this.#slots.adopt(rules, ruled, device, sensor)
    for (const slot of added) {
      const entry = this.#deps.book.of(slotKeyOf(slot))
      if (entry) this.#raiseFence(slot, entry)
    }
    if (this.replaying) return
    for (const slot of added) this.#introduce(slot)
  }

  /** A slot that is new here takes up where its alert is. */
  #introduce(slot: Slot): void {
    const { book, decisions, timers } = this.#deps
    const { revision } = slot.compiled.rule
    const entry = book.of(slotKeyOf(slot))
    if ((entry?.expected?.ruleRevision ?? revision) < revision) decisions.close(entry!, 'rule changed')
    if (!entry || !this.#raiseFence(slot, entry)) {
      followAlert(slot, entry?.expected)
      this.#review(slot)
    }
    timers.watch(slot)
  }

  /** Judges what is known once more. What came before an alert about silence says nothing of its end. */
  #review(slot: Slot): void {
    const { device, sensor, compiled, condition } = slot
    const alert = this.#alertOf(slot)
    const isSilent = alert !== undefined && isActive(alert) && isAboutSilence(alert)
    const openedMs = isSilent ? Date.parse(alert.openedAt) : Number.NEGATIVE_INFINITY
    if (!sensor) {
      const isOver = device.lastSeen !== undefined && parseTime(device.lastSeen)! > openedMs
      if (device.status === 'offline' || isOver) this.#act(slot, this.#tellStatus(slot))
      return
    }
    const arrivedMs = this.#arrivalMs(sensor.latest.receivedAt)
    if (arrivedMs <= openedMs) return
    condition.newestMs = Number.NEGATIVE_INFINITY
    const isSuppressed = this.#isSuppressed(device, this.#deps.clock.nowMs())
    const verdict = compiled.judge(condition, sensor.latest.value, sensor.latestMs, arrivedMs, isSuppressed)
    this.#act(slot, verdict, sensor.latestMs)
  }

  #tellStatus({ device, compiled, condition }: Slot): Verdict {
    const isOffline = device.status === 'offline'
    const at = isOffline ? device.statusAt : (device.lastSeen ?? device.statusAt)
    const clockMs = this.#arrivalMs(at)
    return compiled.setOffline(condition, isOffline, clockMs, this.#isSuppressed(device, clockMs))
  }

  #tick(slot: Slot, nowMs: number): void {
    // Who is up to date with the log is past every fence.
    this.#passFence(slot)
    const isSuppressed = this.#isSuppressed(slot.device, nowMs)
    this.#act(slot, slot.compiled.tick(slot.condition, nowMs, isSuppressed))
  }

  #act(slot: Slot, verdict: Verdict, atMs?: number): void {
    const { decisions, book, timers, held, clock } = this.#deps
    if (this.replaying) return
    if (verdict === OPENS && !held.take(slot, clock.nowMs())) decisions.open(slot, atMs)
    if (verdict === CLOSES) {
      const entry = book.of(slotKeyOf(slot))
      if (entry) decisions.close(entry, 'cleared', atMs)
    }
    timers.watch(slot)
  }

  /** Whether the reading that is worked in was judged by whoever wrote what the log says of the slot. */
  #isFenced(slot: Slot): boolean {
    if (slot.fence === 0) return false
    if (this.#deps.state.readings.next <= slot.fence) return true
    this.#passFence(slot)
    return false
  }

  #passFence(slot: Slot): void {
    if (slot.fence === 0) return
    slot.fence = 0
    followPast(slot, this.#alertOf(slot))
  }

  #raiseFence(slot: Slot, { upTo, statusUpTo }: BookEntry): boolean {
    const { readings, status } = this.#deps.state
    if (statusUpTo > status.next) slot.statusFence = statusUpTo
    if (upTo <= readings.next && !(this.replaying && upTo === readings.next)) return false
    slot.fence = upTo
    return true
  }

  #alertOf(slot: Slot): Alert | undefined {
    return this.#deps.book.of(slotKeyOf(slot))?.expected
  }

  #statusOf(sensor: SensorMemory): ReadingStatus {
    if (!this.replaying) return sensor.status
    const { deviceId, sensorType } = sensor.latest
    return this.replaying.statusAt(deviceId, sensorType, this.#deps.state.readings.next - 1)
  }

  #isSuppressed({ deviceId, status }: DeviceMemory, atMs: number): boolean {
    return status === 'maintenance' || this.#deps.rules().isSuppressed(deviceId, atMs)
  }

  /** By our clock, which stood still while nobody listened. */
  #arrivalMs(at: string | undefined): number {
    if (at === undefined) return Number.NEGATIVE_INFINITY
    const ms = parseTime(at)!
    return ms <= this.#aliveMs ? ms + this.#slots.downMs : ms
  }
}
