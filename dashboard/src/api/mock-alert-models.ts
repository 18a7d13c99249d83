import type { Alert, AlertHistoryEntry } from '@iot/contracts'
import type { MockDevice, MockScene, MockWorld } from './mock-world.js'

export interface AlertModel {
  alert: Alert
  history: AlertHistoryEntry[]
  /** somebody else acknowledges it in the same moment */
  raced?: boolean
}

const MINUTE_MS = 60_000
const MANY = 5_000

/** A day’s alerts of the mock’s fleet; thousands where the scene is about many. */
export function mockAlerts(world: MockWorld, scene: MockScene, nowMs: number): AlertModel[] {
  if (scene === 'empty') return []
  const devices = [...world.devices.values()]
  if (scene === 'many') {
    return Array.from({ length: MANY }, (_, index) =>
      overLimit(devices[index % devices.length]!, index, nowMs - index * 7_000),
    )
  }
  const at = (deviceId: string) => world.devices.get(deviceId)
  return [
    coldRoom(at('cold-room-1'), nowMs - 12 * MINUTE_MS),
    acknowledged(overLimit(at('pump-1'), 1, nowMs - 55 * MINUTE_MS), 'an.nguyen', nowMs - 48 * MINUTE_MS),
    { ...overLimit(at('line-1'), 2, nowMs - 31 * MINUTE_MS, 'race'), raced: true },
    shelved(overLimit(at('tank-1'), 3, nowMs - 400 * MINUTE_MS), nowMs),
    offline(devices[11], nowMs - 42 * MINUTE_MS),
    silentSite(nowMs - 3 * MINUTE_MS),
    ofSystem(nowMs - 8 * MINUTE_MS),
    ...Array.from({ length: 140 }, (_, index) =>
      closed(overLimit(devices[index % 10]!, 10 + index, nowMs - (90 + index * 37) * MINUTE_MS)),
    ),
  ].filter((model) => model !== undefined)
}

/** The one that comes while somebody looks. */
export function mockNewAlert(world: MockWorld, nowMs: number): AlertModel | undefined {
  return overLimit(world.devices.get('office-1'), 900, nowMs)
}

function opened(facts: Partial<Alert> & Pick<Alert, 'alertId' | 'message'>, openedAtMs: number): AlertModel {
  const openedAt = new Date(openedAtMs).toISOString()
  const alert: Alert = {
    severity: 'warning',
    type: 'threshold',
    state: 'open',
    episode: 1,
    seq: 1,
    timestamp: openedAt,
    openedAt,
    ...facts,
  }
  return { alert, history: [{ seq: 1, timestamp: openedAt, transition: 'opened' }] }
}

function placeOf({ device }: MockDevice): Partial<Alert> {
  return { deviceId: device.deviceId, ...(device.site !== undefined && { site: device.site }) }
}

function overLimit(
  model: MockDevice | undefined,
  index: number,
  openedAtMs: number,
  suffix = '',
): AlertModel {
  const sensor = model?.sensors[index % Math.max(1, model.sensors.length)]
  const limit = Math.round((sensor?.base ?? 8) * 1.1)
  const current = Math.round(limit * 107) / 100
  return opened(
    {
      ...(model && placeOf(model)),
      alertId: `alert-${index}${suffix}`,
      ...(sensor && { sensorType: sensor.sensorType }),
      severity: index % 4 === 1 ? 'critical' : 'warning',
      message: `${model?.device.name}: ${sensor?.sensorType} ${current} ${sensor?.unit} is above ${limit}`,
      threshold: { operator: '>', value: limit, current, ...(sensor && { unit: sensor.unit }) },
      ruleId: `rule-${(index % 3) + 1}`,
      ruleRevision: 1,
      ruleName: `${sensor?.sensorType} too high`,
      episode: (index % 5) + 1,
    },
    openedAtMs,
  )
}

function coldRoom(model: MockDevice | undefined, openedAtMs: number): AlertModel {
  const made = opened(
    {
      ...(model && placeOf(model)),
      alertId: 'alert-cold',
      sensorType: 'temperature',
      severity: 'critical',
      message: 'Cold room 1: temperature 9.1 °C is above 8 °C',
      threshold: { operator: '>', value: 8, current: 9.1, unit: '°C' },
      ruleId: 'rule-1',
      ruleRevision: 2,
      ruleName: 'Cold rooms too warm',
      episode: 4,
      flapping: true,
    },
    openedAtMs,
  )
  const timestamp = new Date(openedAtMs + 2 * MINUTE_MS).toISOString()
  return {
    alert: { ...made.alert, seq: 2, timestamp },
    history: [
      ...made.history,
      {
        seq: 2,
        timestamp,
        transition: 'commented',
        by: 'minh',
        comment: 'The door was open. I have closed it.',
      },
    ],
  }
}

function acknowledged({ alert, history }: AlertModel, by: string, atMs: number): AlertModel {
  const timestamp = new Date(atMs).toISOString()
  return {
    alert: {
      ...alert,
      state: 'acknowledged',
      acknowledgedBy: by,
      acknowledgedAt: timestamp,
      seq: 2,
      timestamp,
    },
    history: [...history, { seq: 2, timestamp, transition: 'acknowledged', by }],
  }
}

function shelved({ alert, history }: AlertModel, nowMs: number): AlertModel {
  const timestamp = new Date(nowMs - 60 * MINUTE_MS).toISOString()
  const shelvedUntil = new Date(nowMs + 180 * MINUTE_MS).toISOString()
  return {
    alert: { ...alert, state: 'shelved', shelvedBy: 'linh', shelvedUntil, seq: 2, timestamp },
    history: [
      ...history,
      { seq: 2, timestamp, transition: 'shelved', by: 'linh', comment: 'A new valve comes at 18:00.' },
    ],
  }
}

function closed({ alert, history }: AlertModel): AlertModel {
  const closedAt = new Date(Date.parse(alert.openedAt) + 21 * MINUTE_MS).toISOString()
  return {
    alert: { ...alert, state: 'closed', closeReason: 'cleared', closedAt, seq: 2, timestamp: closedAt },
    history: [...history, { seq: 2, timestamp: closedAt, transition: 'closed' }],
  }
}

function offline(model: MockDevice | undefined, openedAtMs: number): AlertModel | undefined {
  if (model === undefined) return undefined
  return opened(
    {
      ...placeOf(model),
      alertId: 'alert-offline',
      type: 'connectivity',
      message: `${model.device.name} is offline`,
      ruleId: 'device-offline',
      ruleRevision: 1,
      ruleName: 'Device offline',
    },
    openedAtMs,
  )
}

function silentSite(openedAtMs: number): AlertModel {
  return opened(
    {
      alertId: 'alert-site',
      site: 'Da Nang plant',
      type: 'connectivity',
      severity: 'critical',
      message: 'Da Nang plant is silent as a whole: 12 devices',
      ruleId: 'device-offline',
      ruleRevision: 1,
      ruleName: 'Device offline',
      affectedDevices: 12,
    },
    openedAtMs,
  )
}

function ofSystem(openedAtMs: number): AlertModel {
  return opened(
    {
      alertId: 'alert-system',
      type: 'system',
      message: 'The archive is 4 minutes behind: values on the page are live, the history is not',
      affectedServices: ['archive'],
    },
    openedAtMs,
  )
}
