import type { AlertActionRecord, AlertRecord, ReadingsRecord, StatusRecord } from '@iot/contracts'
import type { LogRecord } from '@iot/ports'
import type { LiveMetrics } from '../metrics.js'
import type { DeviceMemory } from './device-memory.js'
import type { LivePartition, WorkedKind } from './live-partition.js'
import type { Outbox } from './outbox.js'
import { changedByHearing } from './partition-state.js'

export interface WorkerDeps {
  readonly outbox: Outbox
  readonly metrics: LiveMetrics
  /** Says in the log that a device was heard. */
  hear(device: DeviceMemory, at: string): void
}

/** How each kind of record is worked in; each answers what it cost, in readings. */
export function createWorker({ outbox, metrics, hear }: WorkerDeps) {
  function workReadings({ partition, state }: LivePartition, record: LogRecord): number {
    const typed = record as LogRecord<ReadingsRecord>
    const { receivedAt, readings } = typed.value
    const waiting = outbox.waiting('readings', partition)
    const from = waiting.length
    const device = state.applyReadings(typed, waiting)
    const shown = waiting.length - from
    outbox.cover('readings', partition, record.offset, receivedAt, from)
    if (changedByHearing(device, receivedAt)) hear(device, receivedAt)
    if (shown < readings.length) {
      metrics.readings.inc({ outcome: 'repeated' }, readings.length - shown)
    }
    return readings.length
  }

  function workStatus({ partition, state }: LivePartition, record: LogRecord): number {
    const typed = record as LogRecord<StatusRecord>
    const entry = state.applyStatus(typed)
    outbox.add('status', partition, record.offset, typed.value.timestamp, entry ? [entry] : [])
    return 1
  }

  function workAlerts({ partition, alerts }: LivePartition, record: LogRecord): number {
    const typed = record as LogRecord<AlertRecord>
    const entry = alerts.applyRecord(typed)
    const { value } = typed
    const at = value.kind === 'transition' ? value.alert.timestamp : value.timestamp
    outbox.add('alerts', partition, record.offset, at, entry ? [entry] : [])
    if (value.kind === 'transition') {
      const { transition, alert } = value
      if (entry) metrics.alertTransitions.inc({ transition, severity: alert.severity })
      else metrics.voidAlertRecords.inc()
    }
    return 1
  }

  function workActions(owned: LivePartition, record: LogRecord): number {
    owned.alerts.applyAction(record as LogRecord<AlertActionRecord>)
    owned.state.actionsNext = record.offset + 1
    owned.done.actions = record.offset + 1
    return 1
  }

  const WORK = { readings: workReadings, status: workStatus, alerts: workAlerts, actions: workActions }

  return function work(owned: LivePartition, kind: WorkedKind, record: LogRecord): number {
    owned.alerts.cause = { kind, offset: record.offset }
    const cost = WORK[kind](owned, record)
    owned.alerts.cause = undefined
    return cost
  }
}
