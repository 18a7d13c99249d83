import { type StatusRecord, TOPICS } from '@iot/contracts'
import type { EventLog } from '@iot/ports'
import type { Logger } from '@iot/runtime'
import type { Absence } from './absence.js'
import type { RuleSet } from './alerts/rule-set.js'
import type { Timed, Timers } from './alerts/timers.js'
import type { DeviceMemory } from './device-memory.js'
import type { PartitionState, SilenceWatcher } from './partition-state.js'

/** Records on their way at once, of one partition; a device beyond has its turn later. */
const OPEN_LIMIT = 500
/** After which a device is looked at again that was said to be silent, where the log has not told so. */
const AGAIN_MS = 10_000

export interface SilenceDeps {
  readonly log: Pick<EventLog, 'append'>
  readonly logger: Logger
  readonly state: PartitionState
  readonly timers: Timers
  /** those of the moment: they know how often a device is to be heard of */
  rules(): RuleSet
}

/**
 * Says in the log that a device is offline of which nothing has come for longer than is usual with it. The clock is that
 * of the alerts: nobody is called silent while this member may only not have read yet what they said, nor for the time
 * in which nobody listened. Said by two members at once, or too late, it changes nothing: see `PartitionState`.
 */
export class Silence implements SilenceWatcher {
  readonly #deps: SilenceDeps
  #open = 0

  constructor(deps: SilenceDeps) {
    this.#deps = deps
  }

  /** From now on it is said. */
  begin({ aliveMs, downMs }: Absence): void {
    const { state } = this.#deps
    state.silence = this
    for (const device of state.devices.values()) {
      if (downMs > 0) device.usual.shift(aliveMs, downMs)
      this.watch(device)
    }
  }

  watch(device: DeviceMemory): void {
    device.silence ??= new DeviceSilence(device, this)
    this.#deps.timers.watch(device.silence)
  }

  dueMs(device: DeviceMemory): number {
    const { state, rules } = this.#deps
    const { deviceId, status, usual } = device
    if (status === 'offline' || status === 'maintenance') return Number.POSITIVE_INFINITY
    // Removed; one of the same id that was heard since is another.
    if (state.devices.get(deviceId) !== device) return Number.POSITIVE_INFINITY
    return usual.silentAtMs(rules().expectedIntervalMs(deviceId))
  }

  say({ deviceId, lastSeen }: DeviceMemory, nowMs: number): void {
    const { log, logger } = this.#deps
    if (this.#open >= OPEN_LIMIT) return
    const record: StatusRecord = {
      deviceId,
      status: 'offline',
      timestamp: new Date(nowMs).toISOString(),
      cause: 'silent',
      ...(lastSeen !== undefined && { lastSeen }),
    }
    this.#open += 1
    log
      .append(TOPICS.deviceStatus, deviceId, record)
      .catch((error) => logger.warn({ err: error, deviceId }, 'that a device is silent could not be logged'))
      .finally(() => {
        this.#open -= 1
      })
  }
}

/** Waits for one device to fall silent. */
export class DeviceSilence implements Timed {
  queuedMs = Number.POSITIVE_INFINITY
  readonly #device: DeviceMemory
  readonly #silence: Silence
  #notBeforeMs = Number.NEGATIVE_INFINITY

  constructor(device: DeviceMemory, silence: Silence) {
    this.#device = device
    this.#silence = silence
  }

  dueMs(): number {
    return Math.max(this.#silence.dueMs(this.#device), this.#notBeforeMs)
  }

  fire(nowMs: number): void {
    this.#silence.say(this.#device, nowMs)
    this.#notBeforeMs = nowMs + AGAIN_MS
  }
}
