import {
  type AlertActionRecord,
  type AlertCloseReason,
  type AlertRecord,
  type AlertTransition,
  type AlertTransitionRecord,
  alertSlot,
  closeAlert,
} from '@iot/contracts'
import {
  type AlertOpening,
  alertIdOf,
  alertMessage,
  alertThreshold,
  causeOf,
  decideAction,
  isActive,
  isFlapping,
  openAlert,
  unshelveAlert,
} from '@iot/domain'
import type { Clock } from '@iot/ports'
import type { PartitionState } from '../partition-state.js'
import type { AlertBook, BookEntry } from './alert-book.js'
import type { Cause } from './appends.js'
import type { RuleSet } from './rule-set.js'
import { type Slot, slotKeyOf } from './slot.js'

export interface DecisionsDeps {
  readonly state: PartitionState
  readonly book: AlertBook
  readonly clock: Clock
  readonly log: { readonly epoch: string }
  /** those of the moment */
  rules(): RuleSet
}

/** An alert of ours, by its key and what stands for the rule; the one without has its key to itself. */
export interface OwnAlert
  extends Pick<
    AlertOpening,
    'type' | 'severity' | 'message' | 'ruleId' | 'site' | 'affectedServices' | 'affectedDevices'
  > {
  readonly key: string
}

/**
 * Makes the records of what is decided and sends them to the log. From then on they are expected: the next decision
 * rests on them, though the log may yet say otherwise.
 */
export class Decisions {
  readonly #deps: DecisionsDeps
  /** Until a partition is at work nothing is decided. */
  send: ((record: AlertRecord, cause?: Cause) => void) | undefined
  /** the record that is being worked in; none while the clock decides */
  cause: Cause | undefined

  constructor(deps: DecisionsDeps) {
    this.#deps = deps
  }

  /** `atMs`: the time of the reading that decides; none where our clock does. */
  open(slot: Slot, atMs?: number): void {
    const { book, log, rules, state } = this.#deps
    const { compiled, condition, device, sensor } = slot
    const { rule } = compiled
    const { deviceId } = device
    const cause = causeOf(condition)
    const { sensorType, value, unit } = sensor?.latest ?? {}
    const site = rules().siteOf(deviceId)
    const deviceName = rules().nameOf(deviceId)
    const key = slotKeyOf(slot)
    if (book.isActive(key)) return
    const episode = book.nextEpisode(key)
    const upTo = state.readings.next
    const threshold = cause === 'value' && value !== undefined ? alertThreshold(rule, value, unit) : undefined
    const parts = {
      epoch: log.epoch,
      ruleId: rule.id,
      ruleRevision: rule.revision,
      key: deviceId,
      sensorType,
    }
    const alert = openAlert({
      alertId: alertIdOf({ ...parts, episode, upTo }),
      deviceId,
      ...(site !== undefined && { site }),
      ...(sensorType !== undefined && { sensorType }),
      severity: rule.severity,
      type: compiled.mindsValues ? 'threshold' : 'connectivity',
      message: alertMessage(rule, { cause, deviceId, deviceName, site, sensorType, value, unit }),
      ...(threshold && { threshold }),
      ruleId: rule.id,
      ruleRevision: rule.revision,
      ruleName: rule.name,
      episode,
      ...(isFlapping(condition) && { flapping: true }),
      timestamp: this.#nowIso(),
      ...(atMs !== undefined && { openedAt: new Date(atMs).toISOString() }),
    })
    this.#decide(deviceId, 'opened', alert)
  }

  /** Where no rule of people decides: about the system, or a site as a whole. */
  openOwn({ key, ...own }: OwnAlert): void {
    const { book, log, state } = this.#deps
    const slot = alertSlot(own.ruleId, key, undefined)
    if (book.isActive(slot)) return
    const episode = book.nextEpisode(slot)
    const parts = { epoch: log.epoch, ruleId: own.ruleId ?? '', ruleRevision: 0, key, episode }
    const alertId = alertIdOf({ ...parts, upTo: state.readings.next })
    this.#decide(key, 'opened', openAlert({ alertId, ...own, episode, timestamp: this.#nowIso() }))
  }

  close({ key, expected }: BookEntry, reason: AlertCloseReason, atMs?: number): void {
    if (!expected || !isActive(expected)) return
    const closedAt = atMs === undefined ? {} : { closedAt: new Date(atMs).toISOString() }
    this.#decide(key, 'closed', closeAlert(expected, { reason, timestamp: this.#nowIso(), ...closedAt }))
  }

  unshelve({ key, expected }: BookEntry): void {
    if (expected?.state !== 'shelved') return
    this.#decide(key, 'unshelved', unshelveAlert(expected, this.#nowIso()))
  }

  /** What a person asks for is done or refused, once however often the request comes. */
  answer(action: AlertActionRecord): void {
    const { book } = this.#deps
    const { actionId, alertId, key, by, comment } = action
    if (book.isAnswered(actionId)) return
    const timestamp = this.#nowIso()
    const decision = decideAction(book.ofAlert(alertId)?.expected, action, timestamp)
    if (decision.granted) {
      const of = { by, actionId, ...(comment !== undefined && { comment }) }
      this.#decide(key, decision.transition, decision.alert, of)
      return
    }
    book.answer(actionId)
    this.#send({ kind: 'refused', key, actionId, alertId, timestamp, message: decision.message })
  }

  #decide(
    key: string,
    transition: AlertTransition,
    alert: AlertTransitionRecord['alert'],
    of: Pick<AlertTransitionRecord, 'by' | 'comment' | 'actionId'> = {},
  ): void {
    const { state, book } = this.#deps
    if (!this.send) return
    const upTo = state.readings.next
    const statusUpTo = state.status.next
    const record: AlertTransitionRecord = {
      kind: 'transition',
      key,
      transition,
      ...of,
      upTo,
      statusUpTo,
      alert,
    }
    // Sent first: what follows from it is decided when it is expected, and comes behind it in the log.
    this.#send(record)
    book.await(record)
  }

  #send(record: AlertRecord): void {
    this.send?.(record, this.cause)
  }

  #nowIso(): string {
    return new Date(this.#deps.clock.nowMs()).toISOString()
  }
}
