import { type Alert, type AlertActionRecord, type AlertRecord, alertSlot } from '@iot/contracts'
import type { LiveEntry, LogRecord } from '@iot/ports'
import type { Absence } from '../absence.js'
import { alertEntry } from '../live-entry.js'
import type { AlertBook, BookEntry } from './alert-book.js'
import type { Appends, Cause } from './appends.js'
import { Decisions, type DecisionsDeps, type OwnAlert } from './decisions.js'
import { Evaluation } from './evaluation.js'
import { HeldOpenings, type SiteWord } from './held-openings.js'
import type { StatusTimeline } from './status-timeline.js'
import { type Timed, Timers } from './timers.js'

export type PartitionAlertsDeps = DecisionsDeps

/** The alerts of one partition: what the log says of them, what people ask for, what the rules say, and time. */
export class PartitionAlerts {
  readonly book: AlertBook
  readonly timers = new Timers()
  readonly evaluation: Evaluation
  /** alerts about devices that wait for word of their site */
  readonly held: HeldOpenings
  readonly #deps: PartitionAlertsDeps
  readonly #decisions: Decisions
  readonly #shelves = new WeakMap<BookEntry, Timed>()

  /** Begins in the past, which is read again in silence. */
  constructor(deps: PartitionAlertsDeps, past: StatusTimeline) {
    this.#deps = deps
    this.book = deps.book
    this.#decisions = new Decisions(deps)
    this.held = new HeldOpenings(deps.rules)
    const { timers, held } = this
    this.evaluation = new Evaluation({ ...deps, decisions: this.#decisions, timers, held })
    this.evaluation.replaying = past
    this.book.onChanged = (entry) => this.#follow(entry)
    this.book.isPassed = ({ upTo, statusUpTo }) =>
      upTo < deps.state.readings.next && statusUpTo <= deps.state.status.next
    deps.state.judge = this.evaluation
  }

  /** From now on it decides. */
  begin(appends: Pick<Appends, 'send'>, absence: Absence): void {
    const { state } = this.#deps
    this.#decisions.send = (record, cause) => appends.send(record, cause)
    for (const { deviceId, sensors } of state.devices.values()) {
      for (const sensorType of sensors.keys()) {
        state.setReadingStatus(deviceId, sensorType, this.book.statusOf(deviceId, sensorType))
      }
    }
    this.evaluation.begin(absence)
    for (const entry of this.book.active()) this.#watchShelf(entry)
  }

  /** The record that is being worked in; none while the clock decides. */
  set cause(cause: Cause | undefined) {
    this.#decisions.cause = cause
  }

  /** A record of `alerts`, in order; answers what is to be shown of it: a transition that counts. */
  applyRecord(record: LogRecord<AlertRecord>): LiveEntry | undefined {
    const { alerts } = this.#deps.state
    const { value, offset } = record
    alerts.enter(offset, record.timestampMs)
    if (value.kind === 'transition' && this.book.apply(value)) return alertEntry({ ...record, value })
    if (value.kind === 'refused') this.book.answer(value.actionId)
    alerts.hide(offset, 0)
    return undefined
  }

  /** A record that lies ahead in the log. */
  expect(record: AlertRecord): void {
    if (record.kind === 'transition') this.book.await(record)
    else this.book.answer(record.actionId)
  }

  /** What a person asks for. */
  applyAction({ value }: LogRecord<AlertActionRecord>): void {
    this.#decisions.answer(value)
  }

  /** The newest alert of ours, as it is expected to stand. */
  ownAlert({ key, ruleId }: Pick<OwnAlert, 'key' | 'ruleId'>): Alert | undefined {
    return this.book.of(alertSlot(ruleId, key, undefined))?.expected
  }

  /** Changes nothing where it is open. */
  openOwn(own: OwnAlert): void {
    this.#decisions.openOwn(own)
  }

  closeOwn({ key, ruleId }: Pick<OwnAlert, 'key' | 'ruleId'>): void {
    const entry = this.book.of(alertSlot(ruleId, key, undefined))
    if (entry) this.#decisions.close(entry, 'cleared')
  }

  /** Opens what waited for word of a site and is not to wait any longer, `limit` of it at most. */
  letGo(site: string, word: SiteWord | undefined, nowMs: number, limit: number): void {
    for (const slot of this.held.release(site, word, nowMs, limit)) {
      const hasMoved = this.#deps.rules().siteOf(slot.device.deviceId) !== site
      if (!hasMoved || !this.held.take(slot, nowMs)) this.#decisions.open(slot)
    }
  }

  /** Lets what is due at a time come, `limit` of it at most. */
  fire(nowMs: number, limit: number): void {
    this.timers.fire(nowMs, limit)
  }

  /** Closes the alerts of rules that are not any more, or not about their devices, when all devices have been asked. */
  settle(): void {
    const rules = this.#deps.rules()
    if (rules.isCopy) return
    for (const entry of [...this.book.active()]) {
      const { ruleId, ruleRevision = 0, deviceId } = entry.expected!
      if (ruleId === undefined || deviceId === undefined || rules.faults.has(ruleId)) continue
      const rule = rules.rules.get(ruleId)
      if (!rule) this.#decisions.close(entry, 'rule removed')
      // One that was opened by a younger rule than is known here is not ours to close.
      else if (rule.revision >= ruleRevision && this.#hasNoSlot(entry)) {
        this.#decisions.close(entry, 'rule changed')
      }
    }
  }

  /** What it is about is known, and the rule is not about that any more, or is switched off. */
  #hasNoSlot(entry: BookEntry): boolean {
    return this.evaluation.ruledOf(entry) !== undefined && this.evaluation.slotOf(entry) === undefined
  }

  #follow(entry: BookEntry): void {
    if (this.evaluation.replaying) return
    const { key, sensorType } = entry
    if (sensorType !== undefined) {
      this.#deps.state.setReadingStatus(key, sensorType, this.book.statusOf(key, sensorType))
    }
    this.#watchShelf(entry)
    const slot = this.evaluation.slotOf(entry)
    if (slot) this.evaluation.follow(slot, entry)
  }

  /** An alert that was put aside comes back when its time is over. */
  #watchShelf(entry: BookEntry): void {
    if (entry.expected?.state !== 'shelved') return
    let shelf = this.#shelves.get(entry)
    if (!shelf) {
      const decisions = this.#decisions
      shelf = {
        queuedMs: Number.POSITIVE_INFINITY,
        dueMs: () => shelvedUntilMs(entry),
        fire: () => decisions.unshelve(entry),
      }
      this.#shelves.set(entry, shelf)
    }
    this.timers.watch(shelf)
  }
}

function shelvedUntilMs({ expected }: BookEntry): number {
  return expected?.state === 'shelved' && expected.shelvedUntil !== undefined
    ? Date.parse(expected.shelvedUntil)
    : Number.POSITIVE_INFINITY
}
