import type { Alert, AlertTransition, AlertTransitionRecord } from '@iot/contracts'

const STATE_AFTER: Readonly<Record<AlertTransition, Alert['state']>> = {
  opened: 'open',
  acknowledged: 'acknowledged',
  shelved: 'shelved',
  unshelved: 'open',
  commented: 'open',
  closed: 'closed',
}

/** A record of `alerts` of a rule on a device, the alert’s id for its rule too. */
export function transitionOf(
  alertId: string,
  seq: number,
  transition: AlertTransition,
  more: Partial<Alert> = {},
): AlertTransitionRecord {
  return {
    kind: 'transition',
    key: 'd1',
    transition,
    upTo: 0,
    alert: {
      alertId,
      deviceId: 'd1',
      site: 'Hall 1',
      sensorType: 'temperature',
      severity: 'warning',
      type: 'threshold',
      message: 'Too hot',
      timestamp: '2026-01-01T00:00:00.000Z',
      state: STATE_AFTER[transition],
      ruleId: `rule-${alertId}`,
      episode: 1,
      seq,
      openedAt: '2026-01-01T00:00:00.000Z',
      ...more,
    },
  }
}
