import type { Alert, AlertRefusalRecord, AlertTransition, AlertTransitionRecord } from '@iot/contracts'
import type { AlertStore, AuditStore, DeviceStore } from '@iot/ports'

export interface AlertsUnderTest {
  readonly store: AlertStore
  /** Where the store writes what happened. */
  readonly audit: AuditStore
  /** The devices that alerts are about. */
  readonly devices: DeviceStore
}

export const NOON_MS = Date.parse('2026-03-11T12:00:00.000Z')

export function iso(ms: number): string {
  return new Date(ms).toISOString()
}

export function alert(more: Partial<Alert> = {}): Alert {
  return {
    alertId: 'a1',
    deviceId: 'd1',
    sensorType: 'temperature',
    severity: 'warning',
    type: 'threshold',
    message: 'd1: temperature is 81 °C',
    timestamp: iso(NOON_MS),
    state: 'open',
    ruleId: 'r1',
    ruleRevision: 1,
    ruleName: 'Hot',
    episode: 1,
    seq: 1,
    openedAt: iso(NOON_MS),
    ...more,
  }
}

export function opened(more: Partial<Alert> = {}, key?: string): AlertTransitionRecord {
  const opening = alert(more)
  return { kind: 'transition', key: key ?? opening.deviceId!, transition: 'opened', upTo: 0, alert: opening }
}

const STATE_AFTER: Partial<Record<AlertTransition, Alert['state']>> = {
  acknowledged: 'acknowledged',
  shelved: 'shelved',
  unshelved: 'open',
  closed: 'closed',
}

/** The next record of an alert, a second later. */
export function then(
  before: AlertTransitionRecord,
  transition: AlertTransition,
  more: Partial<Omit<AlertTransitionRecord, 'alert'>> & { alert?: Partial<Alert> } = {},
): AlertTransitionRecord {
  const timestamp = iso(Date.parse(before.alert.timestamp) + 1_000)
  const isClosing = transition === 'closed'
  return {
    kind: 'transition',
    key: before.key,
    upTo: 0,
    transition,
    ...more,
    alert: {
      ...before.alert,
      timestamp,
      seq: before.alert.seq + 1,
      state: STATE_AFTER[transition] ?? before.alert.state,
      ...(isClosing && { closedAt: timestamp, closeReason: 'cleared' as const }),
      ...more.alert,
    },
  }
}

export function refused(actionId: string, more: Partial<AlertRefusalRecord> = {}): AlertRefusalRecord {
  return {
    kind: 'refused',
    key: 'd1',
    actionId,
    alertId: 'a1',
    timestamp: iso(NOON_MS),
    message: 'It is closed',
    ...more,
  }
}
